"""The marts of Spark are those of DuckDB: local, on a cluster, over Connect."""

import os
import shutil

import duckdb
import pytest
from conftest import REAL_LEDGERS, WITHOUT_TESTS, dbt, mapping_of
from engines import compare, compare_engines
from spark_servers import cluster, connect, finished_tasks, local

SERVERS = {"local": local, "cluster": cluster, "connect": connect}
# one ledger shows that a server is the same Spark, and on the cluster a second one,
# where it is there
SECOND = "ibm_late_payments" if REAL_LEDGERS.is_dir() else "sample"
RUNS = [("local", "sample"), ("cluster", SECOND), ("connect", "sample")]


@pytest.fixture(scope="module")
def spark(request, tmp_path_factory):
    """A running Spark of each kind: its name, folder and environment."""
    if not shutil.which("java"):
        if os.environ.get("CI"):
            pytest.fail("CI has no Java: install it, Spark must not be skipped")
        pytest.skip("Spark needs Java 17, and there is no java on the path")
    folder = tmp_path_factory.mktemp(request.param)
    with (
        pytest.MonkeyPatch.context() as patch,
        SERVERS[request.param](folder, folder / "warehouse") as environment,
    ):
        patch.setenv("SPARK_WAREHOUSE", str(folder / "warehouse"))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield request.param, folder, environment


@pytest.mark.parametrize(("spark", "ledger"), RUNS, indirect=["spark"])
def test_every_node_is_green_and_no_mart_differs(spark, ledger, request, tmp_path):
    kind, folder, environment = spark
    tasks_before = finished_tasks(folder)
    on_spark = dbt(
        "build",
        "--target",
        "spark",
        # what a test says of an engine it says once; every mart is compared below
        *([] if (kind, ledger) == ("local", "sample") else WITHOUT_TESTS),
        folder=tmp_path,
        variables=None if ledger == "sample" else mapping_of(ledger),
        environment=environment,
    )
    assert on_spark.code == 0, on_spark.output[-6000:]
    on_duckdb = (
        request.getfixturevalue("sample_build")
        if ledger == "sample"
        else request.getfixturevalue("real_build")(ledger)
    )
    differences = compare_engines(
        on_duckdb.database, folder / "warehouse", on_duckdb.manifest()
    )
    assert differences.empty, differences.to_string()

    if kind == "cluster":
        tasks = finished_tasks(folder) - tasks_before
        assert tasks["0"] > 0 and tasks["1"] > 0, tasks


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
