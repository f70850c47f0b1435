"""Where each column comes from, read off the compiled SQL of dbt's artifacts.

`lineage` is the whole of it; column_lineage.html shows it. SQL is parsed by sqlglot.
"""

import json
import re
from pathlib import Path

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

TEMPLATE = Path(__file__).with_name("column_lineage.html")
STYLE = Path(__file__).with_name("audit_pack.css")
# how a column is used: the value itself, in a computation, or to decide which value
AS_IS, COMPUTED, DECIDES = "as is", "computed", "decides"
STRENGTH = [DECIDES, COMPUTED, AS_IS]
DECIDING = {
    exp.If: {"this"},
    exp.Case: {"this"},
    exp.Window: {"partition_by", "order"},
    exp.Where: {"this"},
    exp.Join: {"on", "using"},
    exp.Group: {"expressions"},
    exp.Having: {"this"},
}


def use_of(column: exp.Column, projection: exp.Expression) -> str:
    """How a column is used in a projection."""
    node = column
    while node is not projection:
        if node.arg_key in DECIDING.get(type(node.parent), ()):
            return DECIDES
        node = node.parent
    return AS_IS if column is projection.unalias() else COMPUTED


def weaker(one: str, other: str) -> str:
    """The use of a column that is used twice, one after the other."""
    return min(one, other, key=STRENGTH.index)


def with_windows_inline(tree: exp.Expression) -> exp.Expression:
    """A tree in which each `over name` says what that window is."""
    for select in tree.find_all(exp.Select):
        named = {window.name: window for window in select.args.get("windows") or []}
        for window in [*select.find_all(exp.Window)]:
            if window.alias in named:
                inline = named[window.alias].copy()
                inline.set("this", window.this.copy())
                window.replace(inline)
    return tree


class Query:
    """One model's SQL, its columns followed to the tables that it reads."""

    def __init__(self, sql: str, schema: MappingSchema):
        """Parse; raises SqlglotError where a name cannot be resolved."""
        self.tree = qualify(
            with_windows_inline(exp.maybe_parse(sql, dialect="duckdb")),
            dialect="duckdb",
            schema=schema,
            quote_identifiers=False,
        )
        root = build_scope(self.tree)
        self.scopes = {id(scope.expression): scope for scope in root.traverse()}
        self.followed = {}

    def column(self, name: str):
        """Inputs {(schema, table, column): use} and steps [(where, SQL)] of a column
        of the result."""
        return self.follow(self.tree, self.tree.named_selects.index(name))

    def follow(self, query: exp.Query, position: int):
        """The same of a column of any query inside, by its position."""
        query = query.unnest()
        key = (id(query), position)
        if key not in self.followed:
            self.followed[key] = ({}, [])  # a recursive query meets itself
            if isinstance(query, exp.SetOperation):
                sides = [query.this, query.expression]
                found = merged(self.follow(side, position) for side in sides)
            else:
                found = self.project(query, query.selects[position])
            self.followed[key] = found
        return self.followed[key]

    def project(self, query: exp.Select, projection: exp.Expression):
        """Inputs and steps of one expression of a select list."""
        columns = [*projection.find_all(exp.Column)]
        found = [
            used(self.trace(column), use_of(column, projection)) for column in columns
        ]
        inputs, steps = merged(found)
        if not (columns and projection.unalias() is columns[0]):
            shown = projection.unalias().sql("duckdb", normalize_functions="lower")
            steps = [*steps, (name_of(query), shown)]
        return inputs, steps

    def trace(self, column: exp.Column):
        """Inputs and steps of a column that is named somewhere in the SQL."""
        scope = self.scope_of(column)
        while scope and column.table not in scope.sources:
            scope = scope.parent
        if scope is None:
            return {}, []
        source = scope.sources[column.table]
        if isinstance(source, exp.Table):
            return {(source.db, source.name, column.name): AS_IS}, []
        query = source.expression
        if isinstance(query, exp.Query):
            names = [name.lower() for name in query.named_selects]
            return self.follow(query, names.index(column.name.lower()))
        # rows made of values, such as unnest: they come from all that is in them
        inner = [self.trace(column) for column in query.find_all(exp.Column)]
        return merged(used(found, COMPUTED) for found in inner)

    def scope_of(self, node: exp.Expression) -> Scope:
        """The innermost query around a node."""
        while id(node) not in self.scopes or not isinstance(node, exp.Query):
            node = node.parent
        return self.scopes[id(node)]


def used(found, use: str):
    """What was found of a column that is used so; what only decides has no steps."""
    inputs, steps = found
    inputs = {source: weaker(use, how) for source, how in inputs.items()}
    return inputs, [] if use == DECIDES else steps


def merged(all_found):
    """Several findings as one; of two uses of one input the stronger."""
    inputs, steps = {}, {}
    for found, found_steps in all_found:
        for source, how in found.items():
            known = inputs.get(source, DECIDES)
            inputs[source] = max(known, how, key=STRENGTH.index)
        steps |= dict.fromkeys(found_steps)
    return inputs, [*steps]


def name_of(query: exp.Query) -> str:
    """The name of a step of the SQL; empty for the last one."""
    around = query.find_ancestor(exp.CTE)
    return around.alias if around else ""


def lineage(manifest: dict, catalog: dict) -> dict:
    """Every table by `schema.table`, from dbt's manifest and catalog.

    A table has kind (mart, model, python, seed, ledger), description, inputs (the
    tables it reads) and columns; a column has type, description, steps
    [[where, SQL]] and inputs [[schema.table, column, use]]. The columns of Python
    models, seeds and the ledger have neither. Raises ValueError, naming the model,
    where SQL cannot be followed.
    """
    entries = catalog["nodes"] | catalog["sources"]
    nodes = manifest["nodes"] | manifest["sources"]
    names = {key: table_name(entry) for key, entry in entries.items()}
    schema = MappingSchema(dialect="duckdb")
    for entry in entries.values():
        where = entry["metadata"]
        types = {name: column["type"] for name, column in entry["columns"].items()}
        table = exp.table_(where["name"], where["schema"], where["database"])
        schema.add_table(table, types)
    tables = {}
    for key in sorted(entries, key=names.get):
        node = nodes[key]
        query = None
        if node.get("language") == "sql" and node["resource_type"] == "model":
            try:
                query = Query(node["compiled_code"], schema)
            except (SqlglotError, ValueError) as error:
                raise ValueError(f"{names[key]}: {error}") from error
        columns = sorted(entries[key]["columns"].values(), key=lambda c: c["index"])
        tables[names[key]] = {
            "kind": kind_of(node),
            "id": key,
            "description": node["description"].strip(),
            "inputs": sorted(
                names[parent]
                for parent in manifest["parent_map"].get(key, [])
                if parent in names
            ),
            "columns": {
                column["name"]: described(column, node, query) for column in columns
            },
        }
    return tables


def described(column: dict, node: dict, query: Query | None) -> dict:
    """One column of `lineage`."""
    known = node["columns"].get(column["name"], {})
    inputs, steps = query.column(column["name"]) if query else ({}, [])
    return {
        "type": column["type"],
        # its table of codes is in the docs
        "description": re.sub(
            r"^\|.*\n?", "", known.get("description", ""), flags=re.MULTILINE
        ).strip(),
        "inputs": [
            [f"{schema}.{table}", name, how]
            for (schema, table, name), how in sorted(inputs.items())
        ],
        "steps": [[where, sql] for where, sql in steps],
    }


def table_name(entry: dict) -> str:
    """`schema.table` of an entry of the catalog."""
    return f"{entry['metadata']['schema']}.{entry['metadata']['name']}"


def kind_of(node: dict) -> str:
    """What a table is."""
    if node["resource_type"] != "model":
        return {"source": "ledger"}.get(node["resource_type"], node["resource_type"])
    if node["language"] == "python":
        return "python"
    return "mart" if node["access"] == "public" else "model"


def page(tables: dict) -> str:
    """The page that shows it, complete in itself."""
    data = json.dumps(tables, separators=(",", ":")).replace("</", "<\\/")
    text = TEMPLATE.read_text().replace("/* style */", STYLE.read_text())
    return text.replace("/* tables */ {}", data)


def edges(tables: dict) -> list[tuple]:
    """Rows of schema.table, column, from schema.table, from column, use; a column of
    a Python model comes from all of each table that the model reads."""
    rows = []
    for name, table in tables.items():
        for column, found in table["columns"].items():
            rows += [(name, column, *source) for source in found["inputs"]]
            if table["kind"] == "python":
                rows += [
                    (name, column, source, "*", "python") for source in table["inputs"]
                ]
    return rows
