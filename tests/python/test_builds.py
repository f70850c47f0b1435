"""The build is green on the sample, on real exports and on the least ledger."""

from conftest import PROJECT, SAMPLE, read_ledger, write_ledger


def test_sample_build_is_green_and_prints_its_segments(sample_build):
    assert sample_build.code == 0, sample_build.output
    assert "segment                  clients" in sample_build.output
    assert "A  Low risk, high value" in sample_build.output
    assert f"Results: {sample_build.database}" in sample_build.output


def test_every_planted_bad_row_of_the_sample_is_quarantined(sample_build):
    planted = read_ledger(PROJECT / "benchmarks")["sample_bad_rows"]
    exceptions = sample_build.query("from audit.ledger_exceptions")
    rows = exceptions[["ledger_table", "row_number"]].drop_duplicates()
    assert rows["ledger_table"].value_counts().to_dict() == (
        planted["ledger_table"].value_counts().to_dict()
    )


def test_ibm_has_its_2466_invoices_of_100_clients(real_build):
    facts = real_build("ibm_late_payments").query(
        "select count(*) as invoices, count(distinct client_id) as clients, "
        "count(*) filter (where is_late) / count(*) as late_rate, "
        "count(settled_date) as settled from core.invoices"
    )
    assert facts["invoices"][0] == facts["settled"][0] == 2466
    assert facts["clients"][0] == 100
    assert round(facts["late_rate"][0], 3) == 0.356


def test_every_datarisk_row_is_accepted_or_an_exception(real_build):
    build = real_build("datarisk_b2b")
    accepted = build.query(
        "select ledger_file, count(*) as n from staging.stg_ledger__invoices group by 1"
    )
    quarantined = build.query(
        "select ledger_file, count(distinct row_number) as n "
        "from audit.ledger_exceptions where ledger_table = 'invoices' group by 1"
    )
    rows = accepted.set_index("ledger_file")["n"].add(
        quarantined.set_index("ledger_file")["n"]
    )
    assert sorted(rows) == [12_275, 77_414]


def test_xero_counts_only_receivables_that_stand(real_build):
    facts = real_build("xero").query(
        "select count(*) as invoices, sum(open_document_amount) as open_amount, "
        "count(*) filter (where currency_code = 'CAD') as unconverted "
        "from core.invoices"
    )
    assert facts["invoices"][0] == 117 - 1
    assert facts["unconverted"][0] == 0


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
