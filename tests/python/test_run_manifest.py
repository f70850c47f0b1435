"""Every build leaves its row in audit.run_manifest, and none that was there goes."""

import hashlib
import json
import shutil
import subprocess
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, SAMPLE, WITHOUT_TESTS, dbt, read_ledger

# an error in the first model that needs the client of an invoice
CLIENTS = {"columns": {"client_id": "error('no ' || client_id)"}}
BAD = {"ledger_path": str(SAMPLE), "ledger_tables": {"invoices": CLIENTS}}
GOOD = {"as_of_date": "2025-06-30", "ledger_path": str(SAMPLE)}
GOOD["ledger_tables"] = {"reminders": {"table": "main.sent"}}
SAID = {"RECEIVABLES_GIT_SHA": "0123abc", "RECEIVABLES_GIT_DIRTY": "False"}
UNSAID = dict.fromkeys(SAID, "")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """The table after each of three builds of one database: one that fails at its
    first model, a good one, and a full refresh."""
    folder = tmp_path_factory.mktemp("manifest")

    def build(select, *arguments, variables, environment=UNSAID):
        result = dbt(
            "build",
            *WITHOUT_TESTS,
            *arguments,
            "--select",
            select,
            folder=folder,
            variables=json.dumps(variables),
            environment=environment,
        )
        return result, result.query("from audit.run_manifest order by started_at")

    failed, first = build("+run_manifest", variables=BAD)
    assert failed.code == 1, failed.output
    with duckdb.connect(str(failed.database)) as connection:
        connection.sql(
            f"create table sent as from read_csv('{SAMPLE}/reminders.csv', "
            "all_varchar = true)"
        )
    good, second = build("+run_manifest", variables=GOOD, environment=SAID)
    assert good.code == 0, good.output
    refreshed, third = build(
        "+run_manifest", "--full-refresh", variables={"as_of_date": "2025-05-31"}
    )
    assert refreshed.code == 0, refreshed.output
    return first, second, third


def test_a_build_that_fails_at_its_first_model_has_its_row(records):
    row = records[0].iloc[0]
    assert len(records[0]) == 1
    assert row["status"] == "failed"
    failed = json.loads(row["failed_nodes"])
    assert "model.receivables.base_ledger__invoices_judged" in failed
    assert row["failed_node_count"] == len(failed)
    assert row["skipped_node_count"] > 0
    assert row["failed_node_count"] + row["skipped_node_count"] < row["node_count"]
    assert pd.isna(row["as_of_date"]) and pd.isna(row["model_versions"])
    assert json.loads(row["vars"])["ledger_tables"] == BAD["ledger_tables"]
    assert len(json.loads(row["inputs"])) == 9


def test_a_build_adds_one_row_and_leaves_the_others_as_they_were(records):
    for before, after in [records[:2], records[1:]]:
        assert len(after) == len(before) + 1
        pd.testing.assert_frame_equal(after.head(len(before)), before)
    assert records[2]["status"].tolist() == ["failed", "succeeded", "succeeded"]
    assert records[2]["invocation_id"].is_unique
    days = records[2]["as_of_date"].dt.strftime("%Y-%m-%d").tolist()
    assert days[1:] == ["2025-06-30", "2025-05-31"]


def test_inputs_are_those_of_hashlib_and_pandas(records):
    found = {row["table"]: row for row in json.loads(records[1]["inputs"].iloc[1])}
    ledger = read_ledger(SAMPLE)
    assert found.keys() == ledger.keys()
    for name, rows in ledger.items():
        total = None
        if "amount" in rows:
            amounts = pd.to_numeric(rows["amount"], errors="coerce").dropna()
            cents = [abs(Decimal(rows["amount"][i].strip())) for i in amounts.index]
            total = str(sum(cents, Decimal("0.00")))
        expected = {"table": name, "rows": len(rows), "amount": total}
        expected |= {"left_out_rows": 0}
        if name == "reminders":
            expected |= {"file": "main.sent", "sha256": None}
            expected |= {"reason": "a table, not a file"}
        else:
            file = SAMPLE / f"{name}.csv"
            expected |= {"file": str(file), "reason": None}
            expected |= {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        assert found[name] == expected


def test_every_var_is_there_as_the_build_read_it(records):
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    assert json.loads(records[1]["vars"].iloc[1]) == project["vars"] | GOOD
    keys = [*json.loads(records[1]["vars"].iloc[1])]
    assert keys == sorted(keys)


def test_git_is_what_the_environment_says_else_the_repository(records):
    unsaid, said = records[1].iloc[0], records[1].iloc[1]
    assert said["git_sha"] == "0123abc"
    assert str(said["has_uncommitted_changes"]) == "False"
    assert pd.isna(said["git_reason"])

    head = None
    if (PROJECT / ".git").exists() and shutil.which("git"):
        command = ["git", "rev-parse", "HEAD"]
        head = subprocess.check_output(command, cwd=PROJECT, text=True).strip()
    assert unsaid["git_sha"] == head
    assert pd.isna(unsaid["has_uncommitted_changes"])
    assert "RECEIVABLES_GIT_DIRTY" in unsaid["git_reason"]
    assert unsaid["project_hash"] == said["project_hash"]


def test_a_whole_build_says_its_versions_and_packages(sample_build):
    row = sample_build.query("from audit.run_manifest").iloc[0]
    models = sample_build.query(
        "from segments.segmentation_models order by fit_date, version_number"
    )
    found = pd.DataFrame(json.loads(row["model_versions"]))
    for column in ["model_version", "status", "reason", "is_in_force"]:
        assert found[column].tolist() == models[column].tolist()
    versions = json.loads(row["package_versions"])
    pins = (PROJECT / "requirements.txt").read_text()
    for name in ["dbt-core", "duckdb", "numpy", "pandas", "scikit-learn", "scipy"]:
        assert f"\n{name}=={versions[name]}\n" in pins
    assert row["failed_nodes"] == "[]"

    inputs = pd.DataFrame(json.loads(row["inputs"])).set_index("table")
    totals = sample_build.query("from staging.stg_ledger__totals")
    totals = totals.set_index("ledger_table")
    assert inputs["rows"].to_dict() == totals["row_count"].to_dict()
