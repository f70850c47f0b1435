"""Small ledgers with the rows that they must give, to be checked by eye.

A case is a file of tests/cases, named for its rule: what it says, tables of a
ledger, and what it expects of marts. A table's first line names its columns;
nothing between two bars is null. A mart is compared in those columns only, but in
all rows of the case: amounts to the cent, rates to four digits.

Cases are built together, each id with the case's name in front. A case without
clients has those that its rows name. Cases of other `vars` are built apart, and so
are those of the ledger `flat`, which has invoices only; one that is `alone` is built
by itself, as it is written.
"""

from functools import cache

import duckdb
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, write_ledger

FILES = sorted((PROJECT / "tests" / "cases").glob("*.yml"))
CASES = {file.stem: yaml.safe_load(file.read_text()) for file in FILES}
VARS = {"as_of_date": "2024-04-30", "reporting_currency": "EUR"}
NOT_TABLES = {"says", "ledger", "vars", "expects"}


def read(table: str) -> pd.DataFrame:
    """A table as a case writes it, all text."""
    lines = [line.split("|") for line in table.splitlines()]
    header, *rows = [[cell.strip() for cell in line] for line in lines]
    return pd.DataFrame(rows, columns=header, dtype=str)


def shown(value) -> str:
    """A value of a mart as a case writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(round(value, 4))
    return "" if value is None else str(value)


def prefix_of(name: str) -> str:
    """What stands in front of the ids of a case."""
    return "" if CASES[name].get("ledger") == "alone" else f"{name}:"


def ledger_of(name: str) -> str:
    """The ledger that a case is built in."""
    ledger = CASES[name].get("ledger", "full")
    return name if ledger == "alone" else f"{ledger} {CASES[name].get('vars', '')}"


def tables_of(name: str) -> dict[str, pd.DataFrame]:
    """The tables of a case, its name in front of the ids."""
    prefix = prefix_of(name)
    tables = {key: read(CASES[name][key]) for key in CASES[name].keys() - NOT_TABLES}
    for table in tables.values():
        ids = table.filter(regex="_id$")
        table[ids.columns] = (prefix + ids).mask(ids == "", "")
    if prefix and "clients" not in tables:
        seen = [table.filter(["client_id"]) for table in tables.values()]
        tables["clients"] = pd.concat(seen).dropna().drop_duplicates()
    return tables


@pytest.fixture(scope="session")
def build_of(build_ledger, tmp_path_factory):
    """The build of a ledger, made when the first of its cases asks for it."""

    @cache
    def build(ledger: str):
        names = [name for name in CASES if ledger_of(name) == ledger]
        cases = [tables_of(name) for name in names]
        tables = {
            key: pd.concat([case[key] for case in cases if key in case])
            for key in set().union(*cases)
        }
        if "exchange_rates" in tables:
            tables["exchange_rates"] = tables["exchange_rates"].drop_duplicates()
        folder = write_ledger(tables, tmp_path_factory.mktemp("ledger"))
        return build_ledger(folder, **VARS | CASES[names[0]].get("vars", {}))

    return build


def rows_of(mart: str, name: str, build) -> pd.DataFrame:
    """The rows of a mart that belong to a case, as the case writes them."""
    with duckdb.connect(str(build.database), read_only=True) as connection:
        result = connection.sql(f"from {mart}")
        rows = [[shown(value) for value in row] for row in result.fetchall()]
    prefix = prefix_of(name)
    own = [row for row in rows if any(value.startswith(prefix) for value in row)]
    own = [[value.removeprefix(prefix) for value in row] for row in own]
    return pd.DataFrame(own, columns=result.columns, dtype=str)


@pytest.mark.parametrize("name", CASES)
def test_case(name, build_of):
    for mart, table in CASES[name]["expects"].items():
        expected = read(table)
        rows = rows_of(mart, name, build_of(ledger_of(name)))[expected.columns]
        assert sorted(map(" | ".join, rows.to_numpy())) == sorted(
            map(" | ".join, expected.to_numpy())
        ), f"{mart}: {CASES[name]['says']}"
