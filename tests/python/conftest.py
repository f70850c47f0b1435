"""Builds of the project that the tests look at, each in a database of its own."""

import fcntl
import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from parsed_dbt import run_parsed

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "seeds" / "sample_ledger"
REAL_LEDGERS = PROJECT.parent / "shared" / "data"
MART_SCHEMAS = ["core", "features", "segments", "kpis", "risk", "collections"]
MART_SCHEMAS = [*MART_SCHEMAS, "audit"]
# times, ids and files of a build: no two are alike
OF_ONE_BUILD = "run_manifest"
# they say the same of every ledger: sample_build runs them
WITHOUT_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]
WITHOUT_TESTS = [*WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test"]
# files that take longest: begun last, one would run alone at the end
FIRST = ["test_spark", "test_docs", "test_same_answer", "test_segmentation"]


def pytest_collection_modifyitems(items):
    """Files of FIRST first."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


@dataclass
class Build:
    """One run of dbt: its exit code, what it printed, and its database."""

    code: int
    output: str
    database: Path
    target: Path

    def query(self, sql: str) -> pd.DataFrame:
        """Run SQL on the build's database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(sql).df()

    def manifest(self) -> dict:
        """What dbt knows of the project."""
        return json.loads((self.target / "manifest.json").read_text())

    def tables(self, schemas=MART_SCHEMAS) -> dict[str, pd.DataFrame]:
        """All tables of the schemas by name, rows sorted by every column; but not
        what tells one build from the other."""
        query = (
            "select table_schema || '.' || table_name as name "
            "from information_schema.tables where table_type = 'BASE TABLE' "
            f"and table_name <> '{OF_ONE_BUILD}' "
            f"and table_schema in ({', '.join(repr(s) for s in schemas)}) order by 1"
        )
        with duckdb.connect(str(self.database), read_only=True) as connection:
            names = [name for (name,) in connection.sql(query).fetchall()]
            return {n: connection.sql(f"from {n} order by all").df() for n in names}


def dbt(*arguments, folder: Path, variables=None, threads=2, environment=None):
    """Run dbt in the project with a database and a target folder of its own.

    Returns a Build. Environment: variables on top of the process's own, such as
    those of a Spark server. A build without dbt's tests is by parsed_dbt.py, where
    its vars are none that parsing reads; such a build has no comments.
    """
    database = folder / "receivables.duckdb"
    target = folder / "target"
    arguments = ["--no-use-colors", *arguments]
    arguments += ["--vars", variables] if variables else []
    environment = {
        **os.environ,
        **(environment or {}),
        "RECEIVABLES_DB": str(database),
        "RECEIVABLES_THREADS": str(threads),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    is_parsed_anew = {"--target", "--no-partial-parse"} & {*arguments} or any(
        name in (variables or "") for name in parsed_vars()
    )
    if {*WITHOUT_TESTS} <= {*arguments} and not is_parsed_anew:
        parsed = once("parsed", "parse")
        assert parsed.code == 0, parsed.output
        file = parsed.target / "partial_parse.msgpack"
        code, output = run_parsed(file, arguments, environment)
        return Build(code, output, database, target)
    process = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return Build(process.returncode, process.stdout + process.stderr, database, target)


def parsed_vars() -> set[str]:
    """Vars that the YAML files hand to models: dbt reads them when it parses."""
    files = [
        path
        for folder in ("models", "python_models")
        for path in (PROJECT / folder).rglob("*.yml")
    ]
    text = "".join(path.read_text() for path in files)
    return {*re.findall(r"\bvar\(['\"](\w+)", text)}


def once(name: str, *arguments, variables=None) -> Build:
    """Run dbt in a folder of this name, once for all processes that run tests: one
    does, the others wait and read."""
    folder = Path(os.environ["TEST_RUN"], name)
    folder.mkdir(exist_ok=True)
    kept = folder / "build.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            result = dbt(*arguments, folder=folder, variables=variables)
            kept.write_bytes(pickle.dumps(result))
    return pickle.loads(kept.read_bytes())


@pytest.fixture(scope="session", autouse=True)
def run_folder(tmp_path_factory):
    """TEST_RUN is a folder that all processes of a test run share."""
    root = tmp_path_factory.getbasetemp()
    is_one_of_many = "PYTEST_XDIST_WORKER" in os.environ
    os.environ["TEST_RUN"] = str(root.parent if is_one_of_many else root)


@pytest.fixture(scope="session")
def build_ledger(tmp_path_factory):
    """Build a ledger without running dbt's own tests; fail when it is not green.

    All of it, or what `select` names.
    """

    def build(
        ledger: Path, threads=2, select=None, with_comments=False, **variables
    ) -> Build:
        variables = json.dumps({"ledger_path": str(ledger), **variables})
        folder = tmp_path_factory.mktemp("build")
        result = dbt(
            "build",
            *WITHOUT_TESTS,
            *(["--select", *select] if select else []),
            *(["--no-partial-parse"] if with_comments else []),
            folder=folder,
            variables=variables,
            threads=threads,
        )
        assert result.code == 0, result.output
        return result

    return build


@pytest.fixture(scope="session")
def real_build():
    """Build a real ledger by its mapping, once; skip where it is not.

    With dbt's tests of data, or without them from another file of invoices.
    """
    if not REAL_LEDGERS.is_dir():
        pytest.skip("the real ledgers are not here")

    def build(name, file=None) -> Build:
        mapping = yaml.safe_load(mapping_of(name))
        if file:
            mapping["ledger_tables"]["invoices"]["file"] = file
        result = once(
            f"{name} {Path(file).stem}" if file else name,
            "build",
            *(WITHOUT_TESTS if file else WITHOUT_UNIT_TESTS),
            variables=json.dumps(mapping),
        )
        assert result.code == 0, result.output
        return result

    return build


def mapping_of(name: str) -> str:
    """The mapping of a known export, as --vars takes it."""
    return (PROJECT / "ledgers" / f"{name}.yml").read_text()


@pytest.fixture(scope="session")
def sample_build() -> Build:
    """The sample ledger, built and tested as the README does it."""
    return once("sample", "build")


@pytest.fixture(scope="session")
def audit_pack(tmp_path_factory):
    """Write the auditors' pack of a build, once; returns its folder."""
    packs = {}

    def write(build: Build) -> Path:
        if build.database not in packs:
            packs[build.database] = tmp_path_factory.mktemp("pack")
            result = subprocess.run(
                [
                    *[sys.executable, "reports/audit_pack.py"],
                    *[str(build.database), str(packs[build.database])],
                ],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stdout + result.stderr
        return packs[build.database]

    return write


def read_ledger(folder: Path) -> dict[str, pd.DataFrame]:
    """All tables of a folder of CSV files, as text."""
    return {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(folder.glob("*.csv"))
    }


def write_ledger(tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    """Write tables as the CSV files of a ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    return folder


def differences(reference: pd.Series, built: pd.Series, tolerance=0) -> pd.DataFrame:
    """Rows in which two columns differ; two nulls do not."""
    both = pd.DataFrame({"reference": reference, "mart": built})
    is_number = pd.api.types.is_numeric_dtype(built)
    if is_number and not pd.api.types.is_bool_dtype(built):
        left, right = both.astype(float).to_numpy().T
        is_same = np.isclose(left, right, tolerance, tolerance, equal_nan=True)
    else:
        both = both.astype(object).where(both.notna(), None)
        is_same = [left == right for left, right in both.to_numpy()]
    return both[~np.array(is_same)]


def assert_same_tables(left: dict, right: dict) -> None:
    """Every table holds the same rows, to the last digit."""
    assert left.keys() == right.keys()
    for name, rows in left.items():
        pd.testing.assert_frame_equal(
            rows, right[name], check_exact=True, obj=f"table {name}"
        )
