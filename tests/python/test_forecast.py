"""The ageing forecast: the mart against pandas, its record on the past, its limits."""

import numpy as np
import pandas as pd
import pytest
from reference_forecast import BUCKETS, Ledger, backtest, forecast
from reference_ledger import ibm_ledger

IBM = "ibm_late_payments"
NAMES = ["sample", IBM]


def read_ledger_of(build) -> Ledger:
    """Invoices and entries of a build, not their states."""
    invoices = build.query(
        "select invoice_id, client_id, invoice_date, due_date, "
        "(100 * invoice_amount)::bigint as cents, "
        "(100 * document_amount)::bigint as document_cents from core.invoices "
        "where document_type = 'invoice'"
    )
    applied = build.query(
        "select invoice_id, application_date as date, "
        "(100 * applied_amount)::bigint as cents, "
        "(100 * document_amount)::bigint as document_cents "
        "from intermediate.int_applications"
    )
    as_of = build.query("from intermediate.as_of_dates")["as_of_date"][0]
    return Ledger(invoices.set_index("invoice_id"), applied, as_of)


@pytest.fixture(scope="module")
def read(request):
    """A build and its ledger."""
    found = {}

    def read_build(name):
        if name not in found:
            if name == "sample":
                build = request.getfixturevalue("sample_build")
            else:
                build = request.getfixturevalue("real_build")(name)
            found[name] = build, read_ledger_of(build)
        return found[name]

    return read_build


def assert_same_cents(ours: pd.DataFrame, theirs: pd.DataFrame, columns) -> None:
    """Money of two tables with the same keys, to the cent."""
    assert set(ours.index) == set(theirs.index)
    for column in columns:
        cents = (100 * theirs[column].astype(float)).reindex(ours.index)
        np.testing.assert_allclose(ours[column], cents, atol=0.01, err_msg=column)


@pytest.mark.parametrize("name", NAMES)
def test_the_backtest_is_that_of_pandas(read, name):
    build, ledger = read(name)
    theirs = build.query("from risk.forecast_backtest")
    theirs = theirs.set_index(["origin_date", "horizon", "measure"])
    ours = backtest(ledger)
    columns = ["actual_amount", "forecast_amount", "transitions_amount"]
    columns += ["naive_amount", "new_billing_amount"]
    assert_same_cents(ours, theirs, columns)
    assert (ours["target_date"] == theirs["target_date"].reindex(ours.index)).all()
    missed = (theirs["forecast_amount"] - theirs["actual_amount"]).astype(float).abs()
    naive = (theirs["naive_amount"] - theirs["actual_amount"]).astype(float).abs()
    skill = 1 - missed / naive.where(naive > 0)
    np.testing.assert_allclose(theirs["skill"].astype(float), skill, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_forecast_is_that_of_pandas(read, name):
    build, ledger = read(name)
    theirs = build.query("from risk.aging_forecast")
    theirs = theirs.set_index(["horizon_months", "segment_code", "aging_bucket"])
    segments = build.query("from segments.client_segments").set_index("client_id")
    ours = forecast(ledger, segments["segment_code"])
    # a segment without clients has rows too, all zero
    seen = theirs.index.get_level_values("segment_code")
    empty = theirs[~seen.isin(ours.index.unique("segment_code"))]
    assert (empty["forecast_amount"] == 0).all()
    theirs = theirs.drop(empty.index)
    columns = ["forecast_amount", "naive_amount", "transitions_amount"]
    assert_same_cents(ours, theirs, [*columns, "new_billing_amount"])
    theirs = theirs.reindex(ours.index)
    assert (ours["method"] == theirs["method"]).all()
    for side in ("low_amount", "high_amount"):
        built = 100 * theirs[side].astype(float)
        np.testing.assert_allclose(ours[side], built, atol=0.51, err_msg=side)
    points = theirs["share_shift_points"].astype(float)
    np.testing.assert_allclose(ours["share_shift_points"], points, atol=1e-8)


def wape(rows: pd.DataFrame, name: str, measures) -> float:
    """Absolute errors over what came, over all origins and measures."""
    rows = rows[rows.index.get_level_values("measure").isin(measures)].astype(float)
    missed = (rows[f"{name}_amount"] - rows["actual_amount"]).abs()
    return missed.sum() / rows["actual_amount"].sum()


def four_weeks(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the horizon, money only."""
    rows = rows.xs("4_weeks", level="horizon")
    return rows[["actual_amount", "forecast_amount", "naive_amount"]]


def assert_beats_no_change(rows: pd.DataFrame) -> None:
    """What is asked of the forecast on IBM's ledger, four weeks ahead."""
    assert wape(rows, "forecast", BUCKETS) <= 0.168
    assert wape(rows, "forecast", BUCKETS) < 0.95 * wape(rows, "naive", BUCKETS)
    assert wape(rows, "forecast", ["total"]) <= wape(rows, "naive", ["total"])


def test_four_weeks_ahead_the_forecast_beats_no_change(read):
    build, _ = read(IBM)
    rows = build.query("from risk.forecast_backtest")
    rows = four_weeks(rows.set_index(["origin_date", "horizon", "measure"]))
    assert rows.index.unique("origin_date").size > 50
    assert_beats_no_change(rows)


@pytest.mark.parametrize("as_of", ["2013-06-30", "2013-09-30", "2013-12-02"])
def test_so_it_does_while_the_business_goes_on(read, as_of):
    """IBM's last invoice is of 2 December 2013; after it the book runs dry."""
    _, ledger = read(IBM)
    earlier = Ledger(ledger.invoices, ledger.applied, as_of)
    assert_beats_no_change(four_weeks(backtest(earlier)))


def test_no_change_is_the_book_of_the_file(read):
    """From the file alone, a row an invoice: open from issue until it is paid."""
    build, _ = read(IBM)
    ledger = ibm_ledger()
    paid = ledger["payments"].set_index("invoice_id")["payment_date"]
    invoices = ledger["invoices"].set_index("invoice_id").assign(paid=paid)
    rows = build.query("from risk.forecast_backtest where measure = 'total'")
    for day, amount in [
        *rows[["origin_date", "naive_amount"]].itertuples(index=False),
        *rows[["target_date", "actual_amount"]].itertuples(index=False),
    ]:
        is_open = (invoices["invoice_date"] <= day) & ~(invoices["paid"] <= day)
        assert invoices["amount"][is_open].sum() == round(100 * amount)


def test_an_earlier_as_of_date_says_the_same_of_the_past(read):
    """What came later is not in a past forecast: month-ends of an earlier day."""
    _, ledger = read("sample")
    earlier = Ledger(ledger.invoices, ledger.applied, "2025-06-30")
    then, now = backtest(earlier), backtest(ledger)
    months = then.index.get_level_values("horizon") != "4_weeks"
    pd.testing.assert_frame_equal(then[months], now.loc[then.index[months]])
