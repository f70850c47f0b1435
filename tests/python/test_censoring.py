"""Open invoices past due are late already: what that is worth, on a real ledger."""

AS_OF = "date '2012-04-30'"


def test_an_early_late_rate_is_nearer_to_the_end_with_open_invoices(real_build):
    build = real_build("ibm_late_payments")
    counts = build.query(
        f"""
        select
            count(*) filter (where settled_date <= {AS_OF}) as closed,
            count(*) filter (where settled_date <= {AS_OF} and is_late) as closed_late,
            count(*) as issued,
            count(*) filter (where is_late) as issued_late
        from core.invoices
        where invoice_date <= {AS_OF}
        """
    ).iloc[0]
    known = build.query(
        "select sum(late_count) as late, sum(known_outcome_count) as known "
        f"from features.client_features_monthly where as_of_date = {AS_OF}"
    ).iloc[0]

    closed_only = counts["closed_late"] / counts["closed"]
    censor_aware = known["late"] / known["known"]
    eventual = counts["issued_late"] / counts["issued"]
    assert abs(eventual - censor_aware) < abs(eventual - closed_only)
