"""Columns are followed through the shapes of SQL that the models are written in."""

import sys

import pytest
from conftest import PROJECT
from sqlglot import exp
from sqlglot.schema import MappingSchema

sys.path.append(str(PROJECT / "reports"))
from column_lineage import Query

TABLES = {
    "invoices": {"id": "text", "amount": "decimal", "kind": "text", "tags": "text[]"},
    "payments": {"id": "text", "paid": "decimal", "day": "date"},
}
CASES = {
    "renamed": ("select amount as found from invoices", {"amount": "as is"}),
    "computed": (
        "select cast(round(amount, 1) as double) as found from invoices",
        {"amount": "computed"},
    ),
    "constant": ("select 1 as found from invoices", {}),
    "counted": ("select count(*) as found from invoices", {}),
    "through stars": (
        "with a as (select * from invoices), b as (select *, 1 as n from a) "
        "select *, amount as found from b",
        {"amount": "as is"},
    ),
    "either side of a union": (
        "with both as (select id, amount as found from invoices "
        "union all select id, -paid from payments) select found from both",
        {"amount": "as is", "paid": "computed"},
    ),
    "a condition decides": (
        "select case when kind = 'x' then amount else 0 end as found from invoices",
        {"kind": "decides", "amount": "computed"},
    ),
    "a value that decides too is a value": (
        "select case when amount > 0 then amount end as found from invoices",
        {"amount": "computed"},
    ),
    "what decides a value decides what is made of it": (
        "with a as (select case when kind = 'x' then amount end as part from invoices)"
        " select sum(part) as found from a",
        {"kind": "decides", "amount": "computed"},
    ),
    "the order and group of a running total decide": (
        "select sum(paid) over (partition by id order by day) as found from payments",
        {"paid": "computed", "id": "decides", "day": "decides"},
    ),
    "so do those of a window with a name": (
        "select row_number() over w as found from payments "
        "window w as (partition by id order by day)",
        {"id": "decides", "day": "decides"},
    ),
    "a filter decides": (
        "select sum(amount) filter (where kind = 'x') as found from invoices",
        {"amount": "computed", "kind": "decides"},
    ),
    "a query inside a value": (
        "select (select max(paid) from payments where payments.id = invoices.id) "
        "as found from invoices",
        {"paid": "computed", "id": "decides"},
    ),
    "unnested": (
        "select listed.tag as found from invoices, unnest(tags) as listed(tag)",
        {"tags": "computed"},
    ),
    "a join is not followed": (
        "select paid as found from invoices join payments on invoices.id = payments.id "
        "where kind = 'x'",
        {"paid": "as is"},
    ),
    "a recursive query": (
        "with recursive up as (select id, amount from invoices union all "
        "select up.id, up.amount + 1 from up) select amount as found from up",
        {"amount": "as is"},
    ),
}


@pytest.mark.parametrize("sql, expected", CASES.values(), ids=CASES)
def test_a_column_is_followed(sql, expected):
    schema = MappingSchema(dialect="duckdb")
    for name, columns in TABLES.items():
        schema.add_table(exp.table_(name, "books", "db"), columns)
    for name in TABLES:
        sql = sql.replace(f"from {name}", f"from db.books.{name}")
        sql = sql.replace(f"join {name}", f"join db.books.{name}")
    inputs, _ = Query(sql, schema).column("found")
    assert {column: use for (_, _, column), use in inputs.items()} == expected
