"""The marts of Spark are those of DuckDB: local, on a cluster, over Connect."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, REAL_LEDGERS, WITHOUT_TESTS, mapping_of
from engines import compare, compare_engines
from spark_servers import local

# one ledger shows that a server is the same Spark, and on the cluster a second one,
# where it is there
SECOND = "ibm_late_payments" if REAL_LEDGERS.is_dir() else "sample"
RUNS = [("local", "sample"), ("cluster", SECOND), ("connect", "sample")]


def command_of(kind: str) -> str:
    """The command for a kind of Spark, which is one of those of docs/spark.md."""
    script = f".venv/bin/python tests/python/spark_servers.py {kind} "
    command = ".venv/bin/dbt build --target spark"
    command = command if kind == "local" else script + command
    lines = (PROJECT / "docs/spark.md").read_text().splitlines()
    assert command in lines
    assert len([line for line in lines if "--target spark" in line]) == len(RUNS)
    return command


@pytest.mark.parametrize(("kind", "ledger"), RUNS)
def test_every_node_is_green_and_no_mart_differs(kind, ledger, request, tmp_path):
    if not shutil.which("java"):
        if os.environ.get("CI"):
            pytest.fail("CI has no Java: install it, Spark must not be skipped")
        pytest.skip("Spark needs Java 17, and there is no java on the path")
    folder_of_venv = str(Path(sys.executable).parent)
    words = shlex.split(command_of(kind).replace(".venv/bin", folder_of_venv))
    if ledger != "sample":
        words += ["--vars", mapping_of(ledger)]
    if kind != "local":
        # what a test says of an engine it says once; every mart is compared below
        words += WITHOUT_TESTS
    warehouse = tmp_path / "warehouse"
    result = subprocess.run(
        words,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **(local(tmp_path) if kind == "local" else os.environ),
            "SPARK_WAREHOUSE": str(warehouse),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
        },
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-6000:]
    on_duckdb = (
        request.getfixturevalue("sample_build")
        if ledger == "sample"
        else request.getfixturevalue("real_build")(ledger)
    )
    differences = compare_engines(on_duckdb.database, warehouse, on_duckdb.manifest())
    assert differences.empty, differences.to_string()

    if kind == "cluster":
        tasks = re.findall(r"executor (\d+) finished \d+ tasks", result.stdout)
        assert {*tasks} >= {"0", "1"}, result.stdout[-1000:]


def test_the_comparison_sees_a_cent_a_row_and_a_last_digit():
    with duckdb.connect() as connection:
        connection.sql(
            "create table left_side as from (values ('a', 1.00::decimal(18, 2), 1e0),"
            " ('b', 2.00, 1.5), ('c', 3.00, null)) as t(id, amount, rate)"
        )
        connection.sql(
            "create table right_side as from (values ('a', 1.01::decimal(18, 2), 1e0),"
            " ('b', 2.00, 1.5 + 1e-8), ('d', 3.00, null)) as t(id, amount, rate)"
        )
        found = compare(connection, "left_side", "right_side", ["id"])
        same = compare(connection, "left_side", "left_side", ["id"])
        for odd in ("'inf'", "'nan'"):
            infinite = f"(select id, amount, {odd}::double as rate from left_side)"
            for pair in ((infinite, "left_side"), ("left_side", infinite)):
                odd_rows = compare(connection, *pair, ["id"])
                assert set(odd_rows["key"]) == {"a", "b", "c"}, pair
    seen = {(row.key, row.column) for row in found.itertuples()}
    assert seen == {
        ("a", "amount"),
        ("b", "rate"),
        ("c", "id"),
        ("c", "amount"),
        ("d", "id"),
        ("d", "amount"),
    }
    assert same.empty
