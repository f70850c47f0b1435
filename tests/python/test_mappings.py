"""One small ledger, read in every documented way, gives the same marts."""

import csv
import json
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from conftest import (
    OF_ONE_BUILD,
    WITHOUT_TESTS,
    Build,
    assert_same_tables,
    dbt,
    write_ledger,
)

# Ids that a number would not keep; texts that need quotes, among them a short one
# with a line break, which DuckDB refuses beside padding where it reads in parallel;
# a row that is refused.
LEDGER = {
    "clients": pd.DataFrame(
        [
            ["0000611365", 'Müller; "Bau",\nWerk 2', "Straßenbau"],
            ["611365", "A, B\nC", ""],
            ["1661240395903230676", "O'Neill | Söhne", "Hafen"],
        ],
        columns=["client_id", "client_name", "industry"],
    ),
    "invoices": pd.DataFrame(
        [
            ["0000611365", "611365", "2024-01-02", "2024-02-01", "1234567.89"],
            ["611365", "0000611365", "2024-01-31", "2024-03-01", "100.00"],
            ["9223372036854775807", "611365", "2024-02-03", "2024-03-04", "1000.50"],
            ["RE-4", "1661240395903230676", "2024-12-01", "2024-12-31", "-50.00"],
            ["RE-5", "1661240395903230676", "2024-12-02", "2024-11-02", "70.00"],
        ],
        columns=["invoice_id", "client_id", "invoice_date", "due_date", "amount"],
    ),
    "payments": pd.DataFrame(
        [
            ["1", "611365", "0000611365", "2024-02-05", "1234567.89"],
            ["1234567890123456789", "0000611365", "611365", "2024-03-09", "40.01"],
            ["3", "611365", "", "2024-05-06", "5000.00"],
            ["4", "611365", "RE-5", "2024-12-07", "70.00"],
        ],
        columns=["payment_id", "client_id", "invoice_id", "payment_date", "amount"],
    ),
}
# What tells where a row stands, and how its ledger writes it.
PLACES = ["ledger_file", "ledger_row_number", "row_number"]
WRITTEN = ["raw_values", "ledger_values"]


def marts(folder, **variables) -> tuple[Build, dict[str, pd.DataFrame]]:
    """Build staging, core and audit; all but how the files write a row."""
    models = [f"+path:models/{name}" for name in ["staging", "marts"]]
    build = dbt(
        "build",
        *WITHOUT_TESTS,
        "--select",
        models[0],
        *[f"{models[1]}/{name}" for name in ["core", "audit"]],
        folder=folder,
        variables=json.dumps(variables),
    )
    assert build.code == 0, build.output
    names = build.query(
        "select table_schema || '.' || table_name as name "
        "from information_schema.tables where table_name not like 'base_%' "
        f"and table_name <> '{OF_ONE_BUILD}' "
        "and table_schema in ('staging', 'core', 'audit') order by 1"
    )["name"]
    tables = {name: build.query(f"from {name}") for name in names}
    return build, {
        name: rows.drop(columns=[*PLACES, *WRITTEN], errors="ignore").pipe(
            lambda kept: kept.sort_values([*kept.columns], ignore_index=True)
        )
        for name, rows in tables.items()
    }


@pytest.fixture(scope="session")
def by_the_contract(tmp_path_factory):
    """The ledger as CSV files that follow the contract."""
    folder = tmp_path_factory.mktemp("contract")
    return marts(folder, ledger_path=str(write_ledger(LEDGER, folder / "ledger")))


def typed(rows: pd.DataFrame, types: dict[str, str]) -> str:
    """SQL for the rows with columns of the given types."""
    columns = [
        f"cast(nullif({name}, '') as {types.get(name, 'varchar')}) as {name}"
        for name in rows.columns
    ]
    return f"select {', '.join(columns)} from rows"


def parquet_files(folder):
    """Columns with types, amounts also as floats, days also as midnight in UTC."""
    types = {
        "invoices": {
            "invoice_date": "date",
            "due_date": "timestamp",
            "amount": "decimal(18, 2)",
        },
        "payments": {
            "payment_id": "bigint",
            "payment_date": "timestamptz",
            "amount": "double",
        },
    }
    duckdb.sql("set TimeZone = 'UTC'")
    for name, rows in LEDGER.items():
        query = typed(rows, types.get(name, {}))
        duckdb.sql(query).write_parquet(f"{folder}/{name}.parquet")
    # what is a number is not read as a text with a decimal comma
    return {"invoices": {"decimal": ","}, "payments": {"decimal": ","}}


def database_tables(folder):
    types = {"invoice_date": "date", "amount": "decimal(18, 2)", "payment_id": "bigint"}
    with duckdb.connect(str(folder.parent / "receivables.duckdb")) as connection:
        connection.sql("create schema erp")
        for name, rows in LEDGER.items():
            connection.sql(f"create table erp.{name}_2024 as {typed(rows, types)}")
    return {name: {"table": f"erp.{name}_2024"} for name in LEDGER}


def german_export(folder, **options):
    """Semicolons, 1.234,56 and 31.01.2024; line ends of two kinds, one in quotes."""
    ours = {
        "invoice_date": "Beleg-Datum",
        "due_date": "Fällig am",
        "amount": "Betrag €",
    }
    mappings = {}
    for name, rows in LEDGER.items():
        rows = rows.copy()
        for column in rows.columns.intersection(["amount"]):
            rows[column] = [
                f"{Decimal(text):,.2f}".translate(str.maketrans(",.", ".,"))
                for text in rows[column]
            ]
        for column in rows.filter(like="_date"):
            rows[column] = pd.to_datetime(rows[column]).dt.strftime("%d.%m.%Y")
        rows.rename(columns=ours).to_csv(
            folder / f"{name}.txt",
            index=False,
            sep=";",
            lineterminator="\r\n",
            encoding="utf-8-sig",
        )
        mappings[name] = {
            "file": f"{name}.txt",
            "delimiter": ";",
            "decimal": ",",
            "date_format": "%d.%m.%Y",
            "columns": {our: their for our, their in ours.items() if our in rows},
        }
    return mappings


def encoded_export(encoding, mapped_encoding, delimiter):
    """Dates as 31/01/2024, in an encoding that the mapping names."""

    def write(folder):
        mappings = {}
        for name, rows in LEDGER.items():
            dates = rows.filter(like="_date").apply(pd.to_datetime)
            dates = dates.apply(lambda days: days.dt.strftime("%d/%m/%Y"))
            rows.assign(**dates).to_csv(
                folder / f"{name}.csv", index=False, sep=delimiter, encoding=encoding
            )
            mappings[name] = {
                "encoding": mapped_encoding,
                "delimiter": delimiter,
                "date_format": "%d/%m/%Y",
            }
        return mappings

    return write


def spreadsheet_export(folder):
    """All quoted, a byte-order mark, headings with blanks, alike, empty or long."""
    for name, rows in LEDGER.items():
        headings = [f" {column.upper()} " for column in rows.columns]
        rows = rows.set_axis(headings, axis="columns")
        rows.insert(1, "Remark, of ours", "a, b")
        rows.insert(2, "Note", "x")
        rows["note"], rows[""] = "y", ""
        rows.to_csv(
            folder / f"{name}.csv",
            index=False,
            encoding="utf-8-sig",
            lineterminator="\r\n",
            quoting=csv.QUOTE_ALL,
        )
    return {}


def several_files(folder):
    """A pattern, and a list; a later file has its columns in another order."""
    write_ledger({"clients": LEDGER["clients"]}, folder)
    for name in ["invoices", "payments"]:
        early, late = LEDGER[name].iloc[:2], LEDGER[name].iloc[2:]
        late = late.iloc[:, ::-1].rename(columns=str.upper).assign(Remark="x")
        write_ledger({f"{name}_2023": early, f"{name}_2024": late}, folder)
    return {
        "invoices": {"file": "invoices_*.csv"},
        "payments": {"file": ["payments_2024.csv", "payments_2023.csv"]},
    }


def where_and_expressions(folder):
    """Debit and credit apart, an id inside a text, and rows of another kind."""
    invoices = LEDGER["invoices"].assign(
        kind="RV",
        debtor="D/" + LEDGER["invoices"]["client_id"],
        side=["S", "S", "S", "H", "S"],
        amount=LEDGER["invoices"]["amount"].str.strip("-"),
    )
    others = invoices.assign(kind="KR").replace({"amount": {"100.00": "none"}})
    invoices = pd.concat([others, invoices]).drop(columns="client_id")
    write_ledger({**LEDGER, "invoices": invoices}, folder)
    return {
        "invoices": {
            "where": "kind in ('RV', 'RG')",
            "columns": {
                "client_id": "substr(debtor, 3)",
                "amount": "case side when 'H' then '-' else '' end || amount",
            },
        }
    }


WAYS = {
    "Parquet": parquet_files,
    "tables of the database": database_tables,
    "German export": german_export,
    "Latin-1": encoded_export("latin-1", "latin-1", "|"),
    "UTF-16 with tabs": encoded_export("utf-16", "utf-16", "\t"),
    "spreadsheet": spreadsheet_export,
    "several files": several_files,
    "where and expressions": where_and_expressions,
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_a_ledger_read_another_way_gives_the_same_marts(
    write, by_the_contract, tmp_path, monkeypatch
):
    # where midnight in UTC is another day
    monkeypatch.setenv("TZ", "America/New_York")
    folder = tmp_path / "ledger"
    folder.mkdir()
    mapping = write(folder)
    _, tables = marts(tmp_path, ledger_path=str(folder), ledger_tables=mapping)
    assert_same_tables(by_the_contract[1], tables)


def test_ids_are_texts_and_a_quoted_text_keeps_its_line_breaks(by_the_contract):
    build, tables = by_the_contract
    invoices, clients = tables["core.invoices"], tables["core.clients"]
    assert {*invoices["invoice_id"]} == {*LEDGER["invoices"]["invoice_id"]} - {"RE-5"}
    assert {*clients["client_id"]} == {*LEDGER["clients"]["client_id"]}
    assert {*clients["client_name"]} == {*LEDGER["clients"]["client_name"]}
    exceptions = build.query("from audit.ledger_exceptions").sort_values("rule_code")
    assert [*zip(exceptions["rule_code"], exceptions["row_number"], strict=True)] == [
        ("invoice_due_before_issue", 5),
        ("payment_invoice_unknown", 4),
    ]


def test_a_table_of_a_header_alone_is_as_good_as_none(tmp_path):
    flat = LEDGER["invoices"].assign(payment_date=["2024-03-01", *[""] * 4])
    headers = {name: LEDGER[name].iloc[:0] for name in ["clients", "payments"]}
    results = []
    for name, ledger in {"none": {}, "header": headers}.items():
        folder = tmp_path / name
        ledger = write_ledger({"invoices": flat, **ledger}, folder / "ledger")
        results.append(marts(folder, ledger_path=str(ledger))[1])
    assert_same_tables(*results)
    assert results[0]["core.invoices"]["settled_date"].notna().sum() == 1


def test_what_is_not_written_as_the_mapping_says_is_refused_not_guessed(tmp_path):
    texts = ["1,234.56", "1234.56", "1.23,4", "12,5-", "(12,5)", "€ 12,5", "1e3,0"]
    days = ["2/31/2024", "01/31/2024", "31.01.2024", "45322"]
    sound = ["1.234,5", "1234", "+0,07", "1.234.567,891"]
    rows = pd.DataFrame(
        [(text, "31/01/2024") for text in [*texts, *sound]]
        + [("10,00", day) for day in [*days, "31/01/24", "1/2/2024"]],
        columns=["amount", "invoice_date"],
    )
    rows = rows.assign(client_id="C1", due_date="2025-01-31")
    # part of it was paid, and not all
    paid = {"payment_date": "31/01/2024", "paid_amount": "4,00-"}
    parts = rows.tail(1).assign(amount="10,00", invoice_date="31/01/2024", **paid)
    rows = pd.concat([rows, parts], ignore_index=True).fillna("")
    rows = rows.reset_index(names="n")
    write_ledger({"invoices": rows}, tmp_path / "ledger")
    mapping = {
        "decimal": ",",
        "date_format": "%d/%m/%Y",
        "columns": {"invoice_id": "n"},
    }
    build, tables = marts(
        tmp_path,
        ledger_path=str(tmp_path / "ledger"),
        ledger_tables={"invoices": mapping},
    )
    refused = tables["audit.ledger_exceptions"].groupby("rule_code").size()
    assert refused.to_dict() == {
        "invoice_amount_unreadable": len(texts),
        "invoice_date_unreadable": len(days),
        "invoice_date_implausible": 1,
        "invoice_paid_amount_unreadable": 1,
    }
    amounts = build.query("from core.invoices")["invoice_amount"]
    assert sorted(amounts.astype(float)) == [0.07, 10, 1234, 1234.5, 1234567.89]


def test_a_view_that_gives_its_rows_in_another_order_each_time_is_read_once(tmp_path):
    with duckdb.connect(str(tmp_path / "receivables.duckdb")) as connection:
        connection.sql("create schema erp")
        connection.sql(
            "create view erp.orders as select 'I' || i as no, 'C' || i as client_id, "
            "date '2024-01-01' as invoice_date, "
            "case when i % 2 = 0 then 100 + i end as amount, "
            "cast(null as date) as due_date from range(500) as t(i) order by random()"
        )
        connection.sql(
            "create view erp.clients as select 'C' || i as client_id, "
            "i as payment_terms_days from range(500) as t(i)"
        )
    mapping = {
        "invoices": {"table": "erp.orders", "columns": {"invoice_id": "no"}},
        "clients": {"table": "erp.clients"},
    }
    build, tables = marts(tmp_path, ledger_path=str(tmp_path), ledger_tables=mapping)
    invoices = tables["core.invoices"]
    days = (invoices["due_date"] - invoices["invoice_date"]).dt.days
    assert ["C" + str(number) for number in days] == [*invoices["client_id"]]
    exceptions = build.query("from audit.ledger_exceptions")
    assert len(exceptions) == 250
    for row in exceptions.itertuples():
        assert f"no={row.document_id} " in row.raw_values


def test_typed_files_are_read_as_their_texts_would_be(tmp_path):
    """Days that text cannot say are refused; a float written 3.65e-05 is a number."""
    folder = write_ledger(LEDGER, tmp_path / "ledger")
    duckdb.sql(
        "select * from (values ('GBP', date 'infinity', 1.5::double), "
        "('USD', date '20000-01-01', 1.5), ('CHF', date '2024-01-01', 1.1), "
        "('VND', date '2024-01-01', 0.0000365)) "
        "as t(currency_code, rate_date, rate_to_reporting)"
    ).write_parquet(f"{folder}/exchange_rates.parquet")
    build, _ = marts(tmp_path, ledger_path=str(folder))
    refused = build.query(
        "select document_id, rule_code from audit.ledger_exceptions "
        "where ledger_table = 'exchange_rates' order by 1"
    )
    assert refused.to_numpy().tolist() == [
        ["GBP", "rate_date_unreadable"],
        ["USD", "rate_date_unreadable"],
    ]
    rates = build.query(
        "select distinct rate_to_reporting::varchar "
        "from staging.stg_ledger__exchange_rates order by 1"
    )
    assert rates.squeeze().tolist() == ["0.00003650", "1.10000000"]
