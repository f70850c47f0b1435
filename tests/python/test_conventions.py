"""Conventions as gates: dbt-bouncer, dbt-coverage, and dbt v2's strict parser."""

import copy
import json
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conftest import PROJECT, dbt

BIN = Path(sys.executable).parent
MARTS = ["models/marts", "models/features/client_features"]
# the sources: open_ledger lays them with columns of its own
LEDGER = "models/staging/_ledger.yml"


def run(*command, folder=PROJECT):
    """Run a command; its exit code and what it said."""
    process = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, text=True, check=False
    )
    return process.returncode, process.stdout + process.stderr


@pytest.fixture(scope="session")
def artifacts(sample_build, tmp_path_factory):
    """A folder with what dbt wrote of the build, and the catalog of its tables."""
    folder = tmp_path_factory.mktemp("artifacts")
    database = folder / sample_build.database.name
    shutil.copy(sample_build.database, database)
    result = dbt("docs", "generate", folder=folder)
    assert result.code == 0, result.output
    return result.target


def test_the_house_rules_hold(artifacts, tmp_path):
    text = (PROJECT / "dbt-bouncer.yml").read_text()
    rules = tmp_path / "dbt-bouncer.yml"
    rules.write_text(
        text.replace("artifacts_dir: target", f"artifacts_dir: {artifacts}")
    )
    code, said = run(
        BIN / "dbt-bouncer", "run", "--config-file", rules, "--show-all-failures"
    )
    assert code == 0, said[-6000:]
    assert "ERROR=0" in said


def coverage(kind, artifacts, *paths, least=1.0):
    """Run dbt-coverage on the models under some paths."""
    filters = [word for path in paths for word in ("--model-path-filter", path)]
    return run(
        *(BIN / "dbt-coverage", "compute", kind, "--run-artifacts-dir", artifacts),
        *("--cov-report", artifacts / f"{kind}.json", "--cov-fail-under", least),
        *("--model-path-exclusion-filter", LEDGER, *filters),
    )


def test_every_column_is_documented(artifacts):
    code, said = coverage("doc", artifacts)
    assert code == 0, said[-6000:]


def listed_by_column(manifest):
    """The manifest with each test of several columns listed once for each.

    dbt-coverage counts only tests that name one column; see docs/decisions.md why
    ours name several.
    """
    nodes = copy.deepcopy(manifest["nodes"])
    for name, node in manifest["nodes"].items():
        if node["resource_type"] != "test" or node.get("column_name"):
            continue
        generic = node.get("test_metadata")
        if generic:
            tested = [node["attached_node"]]
            arguments = {k: v for k, v in generic["kwargs"].items() if k != "model"}
            words = json.dumps(arguments).replace("null_with_reason", "reason")
        else:
            tested, words = node["depends_on"]["nodes"], node["raw_code"]
        for table in tested:
            columns = manifest["nodes"].get(table, {}).get("columns", {})
            for column in {*re.findall(r"\w+", words)} & {*columns}:
                nodes[f"{name}.{table}.{column}"] = {
                    **node,
                    "column_name": column,
                    "depends_on": {"nodes": [table]},
                    "test_metadata": {"name": "listed", "kwargs": {}},
                }
    return {**manifest, "nodes": nodes}


def test_every_column_of_a_mart_is_tested(artifacts, tmp_path):
    manifest = json.loads((artifacts / "manifest.json").read_text())
    listed = listed_by_column(manifest)
    (tmp_path / "manifest.json").write_text(json.dumps(listed))
    shutil.copy(artifacts / "catalog.json", tmp_path)
    code, said = coverage("test", tmp_path, *MARTS)
    assert code == 0, said[-6000:]


def test_dbt_v2_parses_the_project(tmp_path):
    """In a copy, for it writes into the project's folder."""
    venv.create(tmp_path / "venv", with_pip=True)
    code, said = run(
        *(tmp_path / "venv/bin/pip", "install", "--quiet"),
        *("--requirement", PROJECT / "requirements-parse.txt"),
    )
    assert code == 0, said
    project = tmp_path / "project"
    for path in ["models", "python_models", "macros", "seeds", "tests"]:
        shutil.copytree(PROJECT / path, project / path)
    for path in ["dbt_project.yml", "profiles.yml", ".dbtignore"]:
        shutil.copy(PROJECT / path, project)
    code, said = run(tmp_path / "venv/bin/dbt", "parse", "--warn-error", folder=project)
    assert code == 0, said
    assert "Finished 'parse' successfully" in said
    assert "Errors and Warnings" not in said
