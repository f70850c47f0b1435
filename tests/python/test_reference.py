"""The sample ledger's numbers a second time, from their definitions, in pandas.

Written from the definitions, not translated from the SQL; where these are
silent, a comment says "as built".
"""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, SAMPLE, differences, read_ledger
from reference_features import behavior, client_features
from reference_kpis import days_sales_outstanding, quotient, read_periods
from reference_ledger import DAY, read_documents, sample_ledger, see

AS_OF = pd.Timestamp("2025-12-31")
MARTS = {
    "core.invoices": ["invoice_id"],
    "kpis.segment_kpis": ["segment_code"],
}
FLAGS = ["is_open", "is_late_known", "is_late", "is_partially_paid", "is_disputed"]


def disputed(disputes: pd.DataFrame) -> pd.Series:
    """Invoices with a dispute that stands."""
    return disputes["invoice_id"][~(disputes["closed_date"] <= AS_OF)]


def segment_kpis(clients, documents, entries, segment_of, dso) -> pd.DataFrame:
    """One row per segment of the playbook."""
    playbook = pd.read_csv(PROJECT / "seeds" / "reference" / "playbook.csv")
    documents, entries = (
        table.assign(segment_code=table["client_id"].map(segment_of))
        for table in (documents, entries)
    )
    paying = behavior(documents, entries, "segment_code", AS_OF)
    rows = {}
    for segment in playbook["segment_code"]:
        ids = segment_of.index[segment_of == segment]
        own = documents[documents["client_id"].isin(ids)]
        paid = own[own["settled_date"].notna() & (own["paid_amount"] > 0)]
        to_collect = (paid["settled_date"] - paid["invoice_date"]) / DAY
        owed, all_owed = own["open_cents"].sum(), documents["open_cents"].sum()
        key = (AS_OF, "segment", segment, "rolling_3_months")
        rows[segment] = {
            "unapplied_amount": clients["unapplied_amount"].reindex(ids).sum().round(2),
            "client_count": len(ids),
            "client_share": len(ids) / len(clients),
            "avg_outstanding_amount": quotient(owed / 100, len(ids)),
            "outstanding_share": quotient(owed, all_owed),
            "days_to_collect": to_collect.mean(),
            "dso": dso["dso"].get(key, np.nan),
        }
    rows = pd.DataFrame.from_dict(rows, orient="index").join(paying)
    counts = ["invoice_count", "known_outcome_count", "late_count"]
    money = ["total_invoiced_amount", "outstanding_amount", "overdue_amount"]
    return rows.fillna(dict.fromkeys(counts + money, 0))


# The comparison.


@pytest.fixture(scope="module")
def ledger():
    return sample_ledger()


@pytest.fixture(scope="module")
def ours(sample_build, ledger) -> dict[str, pd.DataFrame]:
    segment_of = sample_build.query("from segments.client_segments")
    segment_of = segment_of.set_index("client_id")["segment_code"]
    seen = see(ledger, AS_OF)
    documents, entries = read_documents(seen, AS_OF)
    documents["is_disputed"] = documents.index.isin(disputed(seen["disputes"]))
    clients, _ = client_features(ledger, AS_OF)
    dso = days_sales_outstanding(read_periods(ledger, AS_OF), segment_of)
    segments = segment_kpis(clients, documents, entries, segment_of, dso)
    return dict(zip(MARTS, (documents, segments), strict=True))


@pytest.fixture(scope="module")
def theirs(sample_build) -> dict[str, pd.DataFrame]:
    return {m: sample_build.query(f"from {m}").set_index(k) for m, k in MARTS.items()}


def described_columns() -> list[tuple]:
    """What the marts' contracts say is a number."""
    found = []
    for mart in MARTS:
        schema, name = mart.split(".")
        file = PROJECT / "models" / "marts" / schema / f"_{schema}.yml"
        models = {m["name"]: m for m in yaml.safe_load(file.read_text())["models"]}
        for column in models[name]["columns"]:
            if column["data_type"].startswith(("decimal", "double", "int")):
                found.append((mart, column["name"]))
    return found


STATES = [("core.invoices", column) for column in ["settled_date", *FLAGS]]


def test_cleaning_leaves_out_the_planted_rows(ledger):
    planted = pd.read_csv(PROJECT / "benchmarks" / "sample_bad_rows.csv")
    rows = read_ledger(SAMPLE)
    dropped = {name: len(rows[name]) - len(ledger[name]) for name in rows}
    dropped = {name: count for name, count in dropped.items() if count}
    assert dropped == planted["ledger_table"].value_counts().to_dict()


def test_no_numeric_column_of_a_mart_is_forgotten(sample_build):
    columns = sample_build.query(
        "select table_schema || '.' || table_name as mart, column_name "
        "from information_schema.columns where numeric_precision is not null"
    )
    columns = columns[columns["mart"].isin(MARTS)].itertuples(index=False, name=None)
    assert set(columns) == set(described_columns())


@pytest.mark.parametrize("mart, column", [*STATES, *described_columns()])
def test_a_column_of_a_mart_is_what_its_definition_says(ours, theirs, mart, column):
    reference, built = ours[mart][column], theirs[mart][column]
    assert set(reference.index) == set(built.index)
    is_money = column.endswith("_amount") and not column.startswith(("avg", "std"))
    wrong = differences(reference, built, 0 if is_money else 1e-9)
    shown = wrong.head(10).to_string(float_format="{:.12g}".format)
    assert wrong.empty, f"{len(wrong)} of {len(built)} differ:\n{shown}"
