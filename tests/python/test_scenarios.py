"""Expected payments, scenarios and the worklist a second time, in pandas.

On the sample ledger, and on IBM's as of a day on which something is open: dates,
counts and money are the same, days of sales to 1e-9. Segments, risk scores and
transition rates are those of the build.
"""

import csv

import pandas as pd
import pytest
import yaml
from conftest import PROJECT, differences, mapping_of
from reference_collections import (
    expected_payments,
    promised_by_invoice,
    recent_sales,
    response_rates,
    scenario,
    worklist,
)
from reference_ledger import ibm_ledger, last_day, read_documents, sample_ledger, see

IBM = "ibm_late_payments"
AS_OF = {"sample": None, IBM: "2013-09-30"}
SCENARIOS = PROJECT / "seeds" / "reference" / "scenarios.csv"


@pytest.fixture(scope="module")
def ledger_of(request):
    """A ledger's build, and its documents and entries as pandas reads them."""
    found = {}

    def read(name: str):
        if name in found:
            return found[name]
        if name == "sample":
            build, ledger = request.getfixturevalue("sample_build"), sample_ledger()
            as_of = last_day(ledger)
        else:
            request.getfixturevalue("real_build")(IBM)  # skips without the file
            mapping = yaml.safe_load(mapping_of(IBM))
            folder = mapping.pop("ledger_path")
            select = ["+path:models/marts/risk", "+path:models/marts/collections"]
            build = request.getfixturevalue("build_ledger")(
                folder, select=select, as_of_date=AS_OF[name], **mapping
            )
            ledger, as_of = ibm_ledger(), pd.Timestamp(AS_OF[name])
        documents, entries = read_documents(see(ledger, as_of), as_of)
        segments = build.query("from segments.client_segments").set_index("client_id")
        found[name] = (
            build,
            ledger,
            documents,
            entries,
            segments["segment_code"],
            as_of,
        )
        return found[name]

    return read


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame, tolerance=0):
    """The same keys, and every column of ours the same in theirs."""
    assert set(ours.index) == set(theirs.index)
    for column in ours:
        rows = differences(ours[column], theirs[column].reindex(ours.index), tolerance)
        assert rows.empty, f"{column}: {len(rows)}\n{rows.head()}"


@pytest.fixture(scope="module")
def items_of(ledger_of):
    """Open invoices with the dates that pandas expects."""
    found = {}

    def read(name):
        if name not in found:
            _, _, documents, _, segment_of, as_of = ledger_of(name)
            found[name] = expected_payments(documents, segment_of, 3, as_of)
        return found[name]

    return read


@pytest.mark.parametrize("name", AS_OF)
def test_each_payment_is_expected_as_such_invoices_were_paid(ledger_of, items_of, name):
    build = ledger_of(name)[0]
    theirs = build.query("from risk.expected_payments").set_index("invoice_id")
    ours = items_of(name)
    assert len(ours) > 50
    dates = ["low_payment_date", "expected_payment_date", "high_payment_date"]
    for date in dates:
        theirs[date] = pd.to_datetime(theirs[date]).astype(ours[date].dtype)
    ours = ours.assign(outstanding_amount=ours["cents"] / 100)
    theirs["comparable_invoice_count"] = theirs["comparable_invoice_count"].astype(
        float
    )
    columns = ["client_id", "basis", "comparable_invoice_count", *dates]
    assert_same(ours[[*columns, "outstanding_amount"]], theirs)


@pytest.mark.parametrize("name", AS_OF)
def test_every_scenario_is_what_its_definition_says(ledger_of, items_of, name):
    build, ledger, documents, entries, _, as_of = ledger_of(name)
    sales = recent_sales(ledger, documents, entries, as_of)
    scores = build.query(
        "from risk.client_risk_scores where expected_overdue_amount > 0 "
        "order by expected_overdue_amount desc, client_id"
    )["client_id"]
    rows, weeks = {}, {}
    for seed in csv.DictReader(SCENARIOS.open()):
        code, cohort = seed["scenario_code"], scores.head(int(seed["top_n"]))
        delay, rate = int(seed["delay_days"]), seed["financing_rate"]
        rows[code], own = scenario(items_of(name), cohort, delay, rate, sales, as_of)
        weeks |= {(code, week): row for week, row in own.iterrows()}
    theirs = build.query("from risk.working_capital_scenarios")
    assert_same(
        pd.DataFrame(rows).T.astype(float), theirs.set_index("scenario_code"), 1e-9
    )
    keys = ["scenario_code", "week_number"]
    theirs = build.query("from risk.working_capital_scenario_weeks").set_index(keys)
    names = {
        "baseline": "baseline_receipts_amount",
        "scenario": "scenario_receipts_amount",
        "gap": "gap_amount",
    }
    ours = pd.DataFrame(weeks).T.reindex(theirs.index, fill_value=0)
    ours = ours.rename(columns=names)[[*names.values()]] / 100
    assert_same(ours, theirs)
    assert set(weeks) <= set(theirs.index)
    last = theirs.groupby("scenario_code")["cumulative_gap_amount"].last()
    assert (last == 0).all()


@pytest.mark.parametrize("name", AS_OF)
def test_the_worklist_is_what_its_definition_says(ledger_of, name):
    build, ledger, documents, entries, segment_of, as_of = ledger_of(name)
    rates = build.query("from risk.aging_transitions where to_bucket = 'paid'")
    rates = rates.set_index(["segment_code", "from_bucket"])["rate"].to_dict()
    if name == "sample":
        disputes = see(ledger, as_of)["disputes"]
        is_open = ~(disputes["closed_date"] <= as_of)
        disputed = disputes[is_open]["invoice_id"]
    else:
        disputed = build.query("from core.invoices where is_disputed")["invoice_id"]
    promised = promised_by_invoice(ledger, documents, entries, as_of)
    response = response_rates(ledger, documents, segment_of.index, as_of)
    ours = worklist(documents, promised, disputed, segment_of, rates, response)
    theirs = build.query("from collections.collections_worklist order by work_rank")
    names = {
        "overdue_cents": "overdue_amount",
        "disputed": "disputed_amount",
        "promised": "promised_amount",
        "collectible": "collectible_amount",
        "gain": "expected_gain_amount",
    }
    amounts = ours[[*names]].rename(columns=names) / 100
    ours = amounts.assign(oldest_days_past_due=ours["oldest"])
    assert_same(ours, theirs.set_index("client_id"))
    assert theirs["expected_gain_amount"].is_monotonic_decreasing


def test_the_worklist_is_exported_in_order_of_work(sample_build):
    exported = pd.read_csv(
        sample_build.target / "collections_worklist.csv", dtype={"client_id": str}
    )
    theirs = sample_build.query(
        "from collections.collections_worklist order by work_rank"
    )
    assert [*exported.columns] == [*theirs.columns]
    assert [*exported["client_id"]] == [*theirs["client_id"]]
    assert exported["reason"].equals(theirs["reason"])
