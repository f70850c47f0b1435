"""Ledgers that lack what a KPI divides by: every mart builds, and says why a figure
is null."""

import numpy as np
import pandas as pd
import pytest
from conftest import write_ledger

HEADER = "invoice_id client_id document_type invoice_date due_date amount"
MONTHS = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]


def table(header: str, rows: list[str]) -> pd.DataFrame:
    """Rows of words as a table of a ledger."""
    return pd.DataFrame([row.split() for row in rows], columns=header.split())


def one_client() -> dict[str, pd.DataFrame]:
    """One client with an invoice a month, each paid 20 days after its issue."""
    issued = [f"I{m} Ada invoice {m}-01 {m}-28 100.00" for m in MONTHS]
    paid = [f"P{m} Ada I{m} {m}-21 100.00" for m in MONTHS[:-1]]
    header = "payment_id client_id invoice_id payment_date amount"
    return {"invoices": table(HEADER, issued), "payments": table(header, paid)}


def nothing_overdue() -> dict[str, pd.DataFrame]:
    """Two clients, nothing due yet."""
    rows = [f"I{c} {c} invoice 2024-06-20 2024-07-20 100.00" for c in ("Ada", "Bob")]
    return {"invoices": table(HEADER, rows)}


def no_recent_sales() -> dict[str, pd.DataFrame]:
    """One invoice of January that was never paid."""
    rows = ["I1 Ada invoice 2024-01-10 2024-02-10 100.00"]
    return {"invoices": table(HEADER, rows)}


def only_credits() -> dict[str, pd.DataFrame]:
    """Two credit notes and cash for nothing."""
    rows = [f"I{c} {c} credit_note 2024-06-20 2024-06-20 -50.00" for c in "AB"]
    header = "payment_id client_id invoice_id payment_date amount"
    cash = pd.DataFrame(
        [["P1", "A", "", "2024-06-25", "10.00"]], columns=header.split()
    )
    return {"invoices": table(HEADER, rows), "payments": cash}


LEDGERS = [one_client, nothing_overdue, no_recent_sales, only_credits]


@pytest.fixture(scope="module")
def build_of(build_ledger, tmp_path_factory):
    """The build of an edge ledger as of the end of June, its KPIs, risks and lists."""
    builds = {}

    def build(ledger):
        if ledger not in builds:
            folder = write_ledger(ledger(), tmp_path_factory.mktemp("edge"))
            names = ["kpis", "risk", "collections"]
            select = [f"+path:models/marts/{name}" for name in names]
            builds[ledger] = build_ledger(
                folder, select=select, as_of_date="2024-06-30"
            )
        return builds[ledger]

    return build


def current(build, mart: str, condition: str) -> dict:
    """The one row of the as-of date that meets a condition; null as None."""
    rows = build.query(
        f"from kpis.{mart} where {condition} and "
        + ("as_of_date" if mart == "portfolio_kpis" else "period_end_date")
        + " = date '2024-06-30'"
    )
    assert len(rows) == 1
    return rows.astype(object).where(rows.notna(), None).iloc[0].to_dict()


EXPLAINED = ["kpis.dso", "kpis.collection_kpis", "kpis.portfolio_kpis"]
EXPLAINED += ["kpis.segment_kpis", "risk.cash_forecast"]
EXPLAINED += ["risk.working_capital_scenarios", "collections.collection_outcomes"]


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.__name__)
def test_every_null_has_a_reason_and_nothing_is_infinite(build_of, ledger):
    build = build_of(ledger)
    for mart in EXPLAINED:
        rows = build.query(f"from {mart}")
        assert len(rows) > 0
        doubles = rows.select_dtypes("float")
        is_null = doubles.isna().any(axis=1)
        assert rows["reason"][is_null].notna().all(), mart
        assert doubles.abs().max().max() < float("inf"), mart


def test_one_client_is_the_portfolio(build_of):
    build = build_of(one_client)
    row = current(build, "portfolio_kpis", "true")
    assert row["client_count"] == row["owing_client_count"] == 1
    assert row["receivables_hhi"] == row["top_10_share"] == 1
    assert row["receivables_gini"] == 0
    # 100 over 300 of 91 days; the invoice of June is two days past due
    assert row["dso"] == pytest.approx(91 / 3)
    assert (row["best_possible_dso"], row["avg_days_delinquent"]) == (0, 30)
    assert row["days_to_collect"] == 20
    levels = build.query("select distinct level from kpis.dso order by 1")["level"]
    assert [*levels] == ["client", "portfolio", "segment"]


def test_nothing_overdue_is_best_possible(build_of):
    build = build_of(nothing_overdue)
    row = current(build, "collection_kpis", "level = 'portfolio'")
    assert row["avg_days_delinquent"] == row["over_90_share"] == 0
    assert row["simple_dso"] == row["best_possible_dso"] == 30
    assert row["cei_full_period"] is None
    assert row["avg_days_to_pay"] is None
    codes = row["reason"].split(", ")
    assert {"nothing_to_collect", "nothing_settled"} <= {*codes}


def test_without_sales_of_three_months_dso_is_null(build_of):
    build = build_of(no_recent_sales)
    row = current(build, "portfolio_kpis", "true")
    for name in ("dso", "simple_dso", "best_possible_dso", "avg_days_delinquent"):
        assert row[name] is None
    assert row["reason"].startswith("nothing_settled, no_sales_in_3_months, ")
    # counted back over the months without sales to the whole of January
    back = current(build, "dso", "level = 'portfolio' and method = 'count_back'")
    assert (back["dso"], back["reason"]) == (182, "months_without_sales")
    weighted = current(
        build, "dso", "level = 'portfolio' and method = 'sales_weighted'"
    )
    assert (weighted["dso"], weighted["reason"]) == (31, None)
    collected = current(build, "collection_kpis", "level = 'portfolio'")
    assert collected["cei_full_period"] == 0
    assert collected["over_90_share"] == 1


def test_only_credits_have_no_days_and_no_shares(build_of):
    build = build_of(only_credits)
    row = current(build, "portfolio_kpis", "true")
    assert float(row["outstanding_amount"]) == -100
    assert float(row["unapplied_amount"]) == 10
    for name in ("dso", "high_risk_outstanding_share", "receivables_hhi"):
        assert row[name] is None
    assert {"nothing_outstanding", "nobody_owes"} <= {*row["reason"].split(", ")}
    rows = build.query("from kpis.dso where level = 'portfolio'")
    reasons = rows.set_index("method")["reason"].to_dict()
    assert reasons["count_back"] == "negative_receivables"
    assert reasons["sales_weighted"] == "open_in_month_without_sales"
    assert reasons["simple"] == reasons["best_possible"] == "no_sales_in_period"
    aging = build.query("select sum(receivables_amount) as sum from kpis.segment_aging")
    assert float(aging["sum"][0]) == -110


def scenario(build) -> dict:
    """The scenario of the ten clients that pay 30 days later; null as None."""
    rows = build.query(
        "from risk.working_capital_scenarios where scenario_code = 'top_10_30_days'"
    )
    return rows.astype(object).where(rows.notna(), None).iloc[0].to_dict()


def test_one_client_is_expected_to_pay_as_it_did(build_of):
    build = build_of(one_client)
    item = build.query("from risk.expected_payments").iloc[0]
    # all five were paid before the due date, none as late as this one
    assert (item["basis"] is None, item["reason"]) == (
        True,
        "No invoice that was open so late has been paid",
    )
    row = scenario(build)
    assert (row["delayed_amount"], row["undated_amount"]) == (0, 100)
    assert {"no_gap", "undated"} <= {*row["reason"].split(", ")}
    work = build.query("from collections.collections_worklist").iloc[0]
    assert (work["client_id"], work["overdue_amount"], work["priority"]) == (
        "Ada",
        100,
        "high",
    )
    forecast = build.query("from risk.cash_forecast where segment_code = 'all'")
    assert [*forecast["expected_receipts_amount"]] == [0] * 14
    assert [*forecast["undated_amount"]] == [0] * 13 + [100]


def test_nothing_overdue_is_nothing_to_collect(build_of):
    build = build_of(nothing_overdue)
    assert build.query("from collections.collections_worklist").empty
    outcomes = build.query("from collections.collection_outcomes")
    # nobody has paid yet
    assert (outcomes["collected_amount"] == 0).all()


def test_without_recent_sales_a_delay_has_no_days(build_of):
    row = scenario(build_of(no_recent_sales))
    assert row["dso_change_day_30"] is None
    assert "no_sales_in_90_days" in row["reason"]


def test_only_credits_have_no_cohort(build_of):
    build = build_of(only_credits)
    row = scenario(build)
    assert row["reason"].startswith("no_cohort")
    assert row["outstanding_amount"] == row["expected_loss_amount"] == 0
    weeks = build.query("from risk.working_capital_scenario_weeks")
    assert (weeks["cumulative_gap_amount"] == 0).all()
    forecast = build.query("from risk.cash_forecast")
    assert (forecast["cumulative_receipts_amount"] == 0).all()
    assert forecast["reason"].str.contains("no_open_invoices").all()


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.__name__)
def test_little_in_a_ledger_is_a_forecast_with_reasons(build_of, ledger):
    rows = build_of(ledger).query("from risk.aging_forecast")
    assert len(rows) == 3 * 5 * 5
    assert rows["forecast_amount"].notna().all()
    assert (rows["forecast_amount"] >= 0).all()
    assert rows["low_amount"].isna().all()
    assert rows["reason"].str.contains("fewer_than_10_origins").all()
    assert np.isfinite(rows["aging_shift"].dropna().astype(float)).all()
    no_share = rows["share_shift_points"].isna()
    assert rows["reason"][no_share].str.contains("nothing_").all()
    has_month = ledger in (one_client, no_recent_sales)
    assert rows["reason"].str.contains("no_whole_month").eq(not has_month).all()
    assert (rows["method"] == ("transitions" if has_month else "naive")).all()
