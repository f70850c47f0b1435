"""The build is green on the sample and on the least ledger."""

from conftest import PROJECT, SAMPLE, read_ledger, write_ledger


def test_sample_build_is_green_and_prints_its_segments(sample_build):
    assert sample_build.code == 0, sample_build.output
    assert "segment                  clients" in sample_build.output
    assert "A  Low risk, high value" in sample_build.output
    assert f"Results: {sample_build.database}" in sample_build.output


def test_every_planted_bad_row_of_the_sample_is_quarantined(sample_build):
    planted = read_ledger(PROJECT / "benchmarks")["sample_bad_rows"]
    refused = sample_build.query(
        """
        select distinct
            ledger_table,
            row_number,
            case
                when ledger_table in ('clients', 'credit_limits')
                    then coalesce(client_id, '')
                else coalesce(document_id, '')
            end as document_id
        from audit.ledger_exceptions
        """
    )
    # a rate's day stands in no column
    planted["document_id"] = planted["document_id"].str.split(" ").str[0]
    found, expected = (
        sorted(zip(rows["ledger_table"], rows["document_id"], strict=True))
        for rows in (refused, planted)
    )
    assert found == expected


def test_invoices_alone_are_a_ledger(build_ledger, tmp_path):
    invoices = read_ledger(SAMPLE)["invoices"]
    payments = read_ledger(SAMPLE)["payments"]
    paid = payments[payments["kind"] == "cash"].groupby("invoice_id")["payment_date"]
    flat = invoices[invoices["currency_code"] == "EUR"].merge(
        paid.max().rename("payment_date"), on="invoice_id", how="left"
    )
    columns = "invoice_id client_id invoice_date due_date amount payment_date"
    build = build_ledger(write_ledger({"invoices": flat[columns.split()]}, tmp_path))
    features = build.query("from features.client_features")

    for flag, missing in {
        "has_reminders": ["reminder_response_rate"],
        "has_extension_requests": ["negotiation_count", "negotiation_rate"],
        "has_credit_limits": ["credit_utilization", "credit_utilization_velocity"],
        "has_clients": ["industry", "company_size", "company_size_rank"],
    }.items():
        assert not features[flag].any()
        assert features[missing].isna().all(axis=None)
    assert features["has_payments"].all()
    assert features["late_rate"].notna().any()

    segments = build.query(
        "select segment_code, count(*) as clients from segments.client_segments "
        "where assignment_method = 'model' group by 1"
    )
    assert len(segments) > 1
    assert segments["clients"].sum() > 150
