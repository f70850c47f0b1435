"""The KPI marts a second time, from the cleaned ledger, in pandas.

On the sample ledger and on IBM's, at every period end: money and counts are the
same, days and ratios to 1e-9. Segments are those of the build.
"""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, differences, mapping_of
from reference_kpis import (
    BUCKETS,
    DSO_KEYS,
    KPI_KEYS,
    client_aging,
    collection_kpis,
    concentration,
    days_sales_outstanding,
    read_periods,
)
from reference_ledger import DAY, ibm_ledger, last_day, sample_ledger

IBM = "ibm_late_payments"
# on its last day all of it is paid; months before, it is not
IBM_EARLIER = "ibm_late_payments as of 2013-09-30"
LEDGERS = {"sample": sample_ledger, IBM: ibm_ledger, IBM_EARLIER: ibm_ledger}
KEYS = {
    "dso": DSO_KEYS,
    "collection_kpis": KPI_KEYS,
    "client_aging": ["client_id", "aging_bucket"],
    "segment_aging": ["segment_code", "aging_bucket"],
    "portfolio_kpis": ["as_of_date"],
}


def numbers(mart: str) -> dict[str, float]:
    """Columns of a mart that are numbers, with what they may differ by."""
    file = PROJECT / "models" / "marts" / "kpis" / "_kpis.yml"
    models = {m["name"]: m for m in yaml.safe_load(file.read_text())["models"]}
    types = {c["name"]: c["data_type"] for c in models[mart]["columns"]}
    return {
        name: 1e-9 if kind == "double" else 0
        for name, kind in types.items()
        if kind.startswith(("decimal", "double", "int")) and name != "bucket_rank"
    }


def aging(documents, ledger, as_of, group_of: pd.Series, groups) -> pd.DataFrame:
    """Ageing of groups of clients; every group has every bucket."""
    items = client_aging(documents, ledger, as_of).reset_index()
    items["client_count"] = (items["open_invoice_count"] > 0).astype(int)
    items["group"] = items["client_id"].map(group_of)
    sums = items.drop(columns="client_id").groupby(["group", "aging_bucket"]).sum()
    index = pd.MultiIndex.from_product([groups, BUCKETS])
    sums = sums.reindex(index, fill_value=0)
    whole = sums.groupby(level=0)["open_invoice_amount"].transform("sum")
    share = sums["open_invoice_amount"] / whole.where(whole > 0)
    amounts = sums.filter(regex="_amount$").columns
    sums[amounts] /= 100
    of_documents = sums["open_invoice_amount"] + sums["open_credit_amount"]
    return sums.assign(
        open_invoice_share=share,
        outstanding_amount=of_documents.round(2),
        receivables_amount=(of_documents - sums["unapplied_amount"]).round(2),
    )


def portfolio(documents, aged, kpis, dso, segments, as_of) -> pd.DataFrame:
    """The one row of all clients."""
    owed = documents.groupby("client_id")["open_cents"].sum()
    owed = owed.reindex(segments.index, fill_value=0) / 100
    is_high = segments["segment_code"].isin(["B", "D"])
    is_rule = segments["assignment_method"] == "rule"
    paid = documents[documents["settled_date"].notna() & (documents["paid_amount"] > 0)]
    days = (paid["settled_date"] - paid["invoice_date"]) / DAY
    last = kpis.loc[as_of, "portfolio", "all"]
    names = ["simple_dso", "best_possible_dso", "avg_days_delinquent"]
    names += ["cei_monthly_average", "cei_full_period"]
    row = {
        "outstanding_amount": owed.sum().round(2),
        "overdue_amount": documents["overdue_cents"].sum() / 100,
        "unapplied_amount": aged["unapplied_amount"].sum().round(2),
        "high_risk_outstanding_amount": owed[is_high].sum().round(2),
        "unscored_outstanding_amount": owed[is_rule].sum().round(2),
        "client_count": len(segments),
        "high_risk_client_count": is_high.sum(),
        "unscored_client_count": is_rule.sum(),
        "high_risk_client_share": is_high.mean(),
        "high_risk_outstanding_share": (
            owed[is_high].sum() / owed.sum() if owed.sum() > 0 else np.nan
        ),
        "dso": dso.loc[as_of, "portfolio", "all", "rolling_3_months"]["dso"],
        "days_to_collect": days.mean(),
        **last[names],
        **concentration(documents),
    }
    return pd.DataFrame([row], index=[as_of])


def build_of(name: str, fixture):
    """The build of a ledger, as of its day."""
    if name == "sample":
        return fixture("sample_build")
    build = fixture("real_build")(IBM)
    if name == IBM_EARLIER:
        mapping = yaml.safe_load(mapping_of(IBM))
        folder = mapping.pop("ledger_path")
        select = ["+path:models/marts/kpis"]
        variables = {"as_of_date": name[-10:], **mapping}
        return fixture("build_ledger")(folder, select=select, **variables)
    return build


@pytest.fixture(scope="module")
def both(request):
    """The marts of a ledger, as pandas has them and as the build does."""
    found = {}

    def read(name: str) -> tuple[dict, dict]:
        if name in found:
            return found[name]
        build = build_of(name, request.getfixturevalue)
        theirs = {
            m: build.query(f"from kpis.{m}").set_index(k) for m, k in KEYS.items()
        }
        segments = build.query("from segments.client_segments").set_index("client_id")
        segment_of = segments["segment_code"]
        ledger = LEDGERS[name]()
        as_of = last_day(ledger)
        if name == IBM_EARLIER:
            as_of = pd.Timestamp(name[-10:])
        periods = read_periods(ledger, as_of)
        documents, _ = periods[as_of]
        itself = pd.Series(segment_of.index, segment_of.index)
        owing = theirs["client_aging"].index.unique("client_id")
        aged = aging(documents, ledger, as_of, itself, owing)
        kpis = collection_kpis(periods, segment_of)
        dso = days_sales_outstanding(periods, segment_of)
        ours = {
            "dso": dso,
            "collection_kpis": kpis,
            "client_aging": aged,
            "segment_aging": aging(documents, ledger, as_of, segment_of, [*"ABCD"]),
            "portfolio_kpis": portfolio(documents, aged, kpis, dso, segments, as_of),
        }
        found[name] = ours, theirs
        return found[name]

    return read


@pytest.mark.parametrize("mart", KEYS)
@pytest.mark.parametrize("name", LEDGERS)
def test_every_number_is_what_its_definition_says(both, name, mart):
    ours, theirs = both(name)
    assert set(ours[mart].index) == set(theirs[mart].index)
    wrong = []
    for column, tolerance in numbers(mart).items():
        rows = differences(ours[mart][column], theirs[mart][column], tolerance)
        if len(rows):
            shown = rows.head().to_string(float_format="{:.12g}".format)
            wrong.append(f"{column}: {len(rows)} of {len(theirs[mart])}\n{shown}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", LEDGERS)
@pytest.mark.parametrize("mart", ["dso", "collection_kpis", "portfolio_kpis"])
def test_what_is_null_has_a_reason(both, name, mart):
    _, theirs = both(name)
    rows = theirs[mart]
    is_null = rows[[*numbers(mart)]].isna().any(axis=1)
    assert rows["reason"][is_null].notna().all()
