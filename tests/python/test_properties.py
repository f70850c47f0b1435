"""What holds for every ledger, tried on generated ones."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pandas as pd
from conftest import WITHOUT_TESTS, assert_same_tables, dbt, write_ledger
from generated_ledgers import later_rows, ledgers
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from plain_books import LINES, Books, open_items, rollforward, unapplied
from test_same_answer import without_file_totals

# an example costs a build: shrinking one would take an hour, and its files,
# which a failure names, can be cut by hand
few = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "phases": [Phase.explicit, Phase.generate],
}


def read(build, table: str, keys: list[str], amounts: list[str]) -> dict:
    """Amounts of a table by their keys, exact."""
    columns = [f"cast({name} as varchar) as {name}" for name in keys + amounts]
    rows = build.query(f"select {', '.join(columns)} from {table}")
    return {
        tuple(row[: len(keys)]): tuple(map(Decimal, row[len(keys) :]))
        for row in rows.itertuples(index=False, name=None)
    }


def differing(actual: dict, expected: dict) -> dict:
    """The keys on which two tables of amounts differ, with both sides."""
    return {
        key: (actual.get(key), expected.get(key))
        for key in actual.keys() | expected.keys()
        if actual.get(key) != expected.get(key)
    }


@settings(max_examples=4, **few)
@given(ledger=ledgers())
def test_balances_open_items_and_unapplied_cash_are_those_of_plain_arithmetic(
    tmp_path_factory, ledger
):
    folder = tmp_path_factory.mktemp("generated")
    note(f"its files: {folder}")
    write_ledger(ledger.frames(), folder / "ledger")
    variables = {"ledger_path": str(folder / "ledger"), "as_of_date": str(ledger.as_of)}
    build = dbt(
        *("build", *WITHOUT_TESTS, "--select"),
        *("+ar_rollforward", "+invoices", "+int_unapplied"),
        folder=folder,
        variables=json.dumps(variables),
    )
    assert build.code == 0, build.output

    books = Books(ledger)
    lines = ["opening_amount", *LINES.values(), "closing_amount", "difference_amount"]
    keys = ["period_end_date", "currency_code"]
    assert not differing(
        read(build, "audit.ar_rollforward", keys, lines), rollforward(books)
    )
    keys, amounts = ["invoice_id", "currency_code"], ["open_document_amount"]
    amounts += ["outstanding_amount"]
    assert not differing(read(build, "core.invoices", keys, amounts), open_items(books))
    keys, amounts = ["payment_id", "currency_code"], ["document_amount"]
    amounts += ["unapplied_amount"]
    day = f"date '{ledger.as_of}'"
    of_the_day = (
        "(select payment_id, currency_code, sum(document_amount) as document_amount, "
        "sum(unapplied_amount) as unapplied_amount from intermediate.int_unapplied "
        f"where {day} >= from_date and {day} < until_date group by all)"
    )
    assert not differing(read(build, of_the_day, keys, amounts), unapplied(books))


def build_both(build_ledger, tmp_path_factory, as_of, before, after, **variables):
    """The marts of two ledgers, built side by side; the second may be mapped."""
    folders = [tmp_path_factory.mktemp(name) for name in ("before", "after")]
    note(f"their files: {', '.join(map(str, folders))}")
    jobs = []
    with ThreadPoolExecutor() as pool:
        for folder, frames, mapping in zip(
            folders, (before, after), ({}, variables), strict=True
        ):
            ledger = write_ledger(frames, folder)
            known = {"threads": 1, "as_of_date": str(as_of)}
            jobs.append(pool.submit(build_ledger, ledger, **known, **mapping))
    return [job.result().tables() for job in jobs]


def without_places(tables: dict) -> dict:
    """The tables; of a bad row its content alone, not where it stands."""
    exceptions = tables["audit.ledger_exceptions"]
    exceptions = exceptions.drop(columns=["ledger_file", "row_number"])
    by_content = exceptions.sort_values([*exceptions], ignore_index=True)
    return {**tables, "audit.ledger_exceptions": by_content}


@settings(max_examples=2, **few)
@given(ledger=ledgers(), chance=st.integers(0, 99).map(random.Random))
def test_neither_the_order_of_rows_nor_how_files_are_cut_changes_a_mart(
    build_ledger, tmp_path_factory, ledger, chance
):
    whole, cut, mapping = ledger.frames(), {}, {}
    for name, rows in whole.items():
        shuffled = rows.sample(frac=1, random_state=chance.randrange(2**32))
        place = chance.randint(0, len(rows))
        cut[f"{name}_1"], cut[f"{name}_2"] = shuffled[:place], shuffled[place:]
        mapping[name] = {"file": f"{name}_*.csv"}
    straight, other = build_both(
        *(build_ledger, tmp_path_factory, ledger.as_of, whole, cut),
        ledger_tables=mapping,
    )
    assert_same_tables(without_places(straight), without_places(other))


@settings(max_examples=2, **few)
@given(
    ledger_and_later=ledgers().flatmap(
        lambda ledger: st.tuples(st.just(ledger), later_rows(ledger))
    )
)
def test_what_is_written_after_the_as_of_date_changes_no_mart(
    build_ledger, tmp_path_factory, ledger_and_later
):
    ledger, later = ledger_and_later
    added = later.frames()
    before = ledger.frames()
    after = {name: pd.concat([rows, added[name]]) for name, rows in before.items()}
    before, after = build_both(
        build_ledger, tmp_path_factory, ledger.as_of, before, after
    )
    assert_same_tables(
        without_file_totals(without_places(before)),
        without_file_totals(without_places(after)),
    )
