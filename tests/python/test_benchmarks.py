"""The benchmark's ledger, and that its peers compute what they say."""

import json
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, dbt, differences

sys.path.append(str(PROJECT / "benchmarks"))
import compare
import peers
from generate_ledger import generate

SIZE = {"invoices": 100_000, "clients": 1_000}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger as it is measured, of a small size."""
    folder = tmp_path_factory.mktemp("measured") / "ledger"
    generate(folder, **SIZE)
    return folder


def test_a_size_is_always_the_same_bytes(ledger, tmp_path):
    generate(tmp_path, **SIZE)
    tables = {path.name: path.read_bytes() for path in ledger.iterdir()}
    assert tables == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_ledger_grows_by_what_is_dated_later(ledger, tmp_path):
    generate(tmp_path, **SIZE, last_day="2025-12-24")
    for table, day in {
        "invoices": "invoice_date",
        "payments": "payment_date",
        "reminders": "reminder_date",
        "extension_requests": "request_date",
    }.items():
        columns = "* exclude (response_date)" if table == "reminders" else "*"
        earlier, later = (
            duckdb.sql(
                f"select {columns} from '{folder}/{table}.parquet' "
                f"where {day} <= date '2025-12-24' order by all"
            ).fetchall()
            for folder in (tmp_path, ledger)
        )
        assert earlier == later


def test_the_floor_is_client_features(ledger, tmp_path, build_ledger):
    build = build_ledger(ledger, select=["+client_features"])
    built = build.query("from features.client_features order by client_id")
    types = build.query("describe features.client_features").set_index("column_name")
    peers.with_floor(ledger, tmp_path / "features.parquet")
    floor = duckdb.sql(f"from '{tmp_path}/features.parquet' order by client_id").df()
    assert list(floor.columns) == list(built.columns)
    assert len(floor) == len(built)
    for column in built:
        is_exact = types["column_type"][column] != "DOUBLE"
        wrong = differences(floor[column], built[column], 0 if is_exact else 1e-9)
        assert wrong.empty, f"{column}\n{wrong.head()}"
        assert built[column].notna().any(), f"{column} is never there to be computed"


def test_what_staging_refuses_is_tested_on_typed_files_too(ledger, tmp_path):
    build = dbt(
        "build",
        *["--select", "staging", "--exclude-resource-type", "test"],
        folder=tmp_path,
        variables=json.dumps({"ledger_path": str(ledger)}),
    )
    assert build.code == 0, build.output
    assert "PASS base_ledger__clients::" in build.output
    types = build.query("describe ledger.invoices").set_index("column_name")
    assert types["column_type"]["due_date"] == "DATE"


def test_pandas_and_polars_compute_the_same_features(ledger, tmp_path):
    pytest.importorskip("polars")
    tables = []
    for engine in (peers.with_pandas, peers.with_polars):
        engine(ledger, tmp_path / "features.parquet")
        table = pd.read_parquet(tmp_path / "features.parquet").reset_index()
        tables.append(table.set_index("client_id")[peers.FEATURES].astype(float))
    np.testing.assert_allclose(*tables, rtol=1e-9)


def test_what_runs_at_once_counts_once():
    nodes = [
        {"timing": [{"name": "execute", "started_at": start, "completed_at": end}]}
        for start, end in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z"),
            ("2026-01-01T00:00:02Z", "2026-01-01T00:00:04Z"),
            ("2026-01-01T00:00:08Z", "2026-01-01T00:00:13Z"),
            ("2026-01-01T00:00:20Z", "2026-01-01T00:00:21Z"),
        ]
    ]
    assert compare.seconds_busy(nodes) == 14


def test_results_take_the_place_of_older_ones_of_the_same_work(tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "HERE", tmp_path)

    def measured(work, engine, seconds):
        names = ["seconds_median", "seconds_min", "process_seconds", "peak_mib"]
        steps = {"model.receivables.dso": seconds, "model.receivables.segments": 0.0}
        times = dict.fromkeys(names, seconds)
        return {"work": work, "engine": engine, **times, "steps": steps}

    for seconds in (9.0, 3.0):
        entries = [
            measured("features", "duckdb_floor", 1.5),
            measured("features", "receivables", seconds),
        ]
        compare.write(entries, SIZE, [], compare.section(entries, 1, 0.0))
    compare.write_section("Start-up", "2 times.\n")

    found = json.loads((tmp_path / "results.json").read_text())
    assert [(row["engine"], row["seconds_median"]) for row in found] == [
        ("duckdb_floor", 1.5),
        ("receivables", 3.0),
    ]
    page = (tmp_path / "results.md").read_text()
    assert page.count("## 100,000 invoices of 1,000 clients\n") == 1
    assert "| features | receivables | 3.00 | 3.00 | 2.00 |" in page
    assert page.endswith("## Start-up\n\n2 times.\n")
