"""Compare the marts of two engines, row by row and column by column.

Money, counts, dates, flags and text must be the same; doubles may differ by 1e-9
of their size, or of 1 where they are smaller.
"""

from pathlib import Path

import duckdb
import pandas as pd
from conftest import OF_ONE_BUILD

TOLERANCE = 1e-9


def marts(manifest: dict) -> dict[str, list[str]]:
    """Contracted models, as schema.name, with the columns that identify a row; but
    run_manifest, which tells one build from the other."""
    found = {}
    for node in manifest["nodes"].values():
        if node["name"] == OF_ONE_BUILD or node["resource_type"] != "model":
            continue
        if node["config"]["contract"]["enforced"]:
            found[f"{node['schema']}.{node['name']}"] = key_of(node, manifest)
    return found


def key_of(model: dict, manifest: dict) -> list[str]:
    """Columns of the model's unique or one_row_per test."""
    for node in manifest["nodes"].values():
        if node.get("attached_node") != model["unique_id"]:
            continue
        test = node["test_metadata"]
        if test["name"] == "one_row_per":
            return test["kwargs"]["columns"]
        if test["name"] == "unique":
            return [test["kwargs"]["column_name"]]
    raise ValueError(f"{model['name']} has no test that says what one row is")


def differs(column: str, data_type: str) -> str:
    """SQL that is true where two columns hold different values."""
    left, right = f'left_rows."{column}"', f'right_rows."{column}"'
    if data_type != "DOUBLE":
        return f"{left} is distinct from {right}"
    near = (
        f"isfinite({left}) and isfinite({right}) "
        f"and abs({left} - {right}) <= {TOLERANCE} * greatest(1, abs({left}))"
    )
    return f"({left} is distinct from {right} and ({near}) is not true)"


def compare(connection, left: str, right: str, key: list[str]) -> pd.DataFrame:
    """Differences of two relations: one row per key and column that differs."""
    columns = {
        row[0]: row[1] for row in connection.sql(f"describe from {left}").fetchall()
    }
    others = {
        row[0]: row[1] for row in connection.sql(f"describe from {right}").fetchall()
    }
    if columns != others:
        types = pd.DataFrame({"left": columns, "right": others})
        types = types[types["left"] != types["right"]].reset_index(names="column")
        return types.assign(key="(type of the column)").astype(object)
    pairs = " and ".join(
        f'left_rows."{name}" is not distinct from right_rows."{name}"' for name in key
    )
    name_of_row = " || '/' || ".join(
        f'coalesce(cast(coalesce(left_rows."{name}", right_rows."{name}")'
        " as varchar), '')"
        for name in key
    )
    selects = [
        f"select {name_of_row} as key, '{column}' as \"column\", "
        f'cast(left_rows."{column}" as varchar) as "left", '
        f'cast(right_rows."{column}" as varchar) as "right" '
        f"from {left} as left_rows full join {right} as right_rows on {pairs} "
        f"where {differs(column, data_type)}"
        for column, data_type in columns.items()
    ]
    return connection.sql(" union all ".join(selects)).df()


def compare_engines(database: Path, warehouse: Path, manifest: dict) -> pd.DataFrame:
    """Differences of every mart between a DuckDB file and a Spark warehouse.

    Returns mart, key, column, left (DuckDB) and right (Spark); no rows when the
    engines agree.
    """
    found = []
    with duckdb.connect() as connection:
        connection.sql(f"attach '{database}' as built (read_only)")
        for mart, key in marts(manifest).items():
            schema, name = mart.split(".")
            files = warehouse / f"{schema}.db" / name / "*.parquet"
            differences = compare(
                connection, f"built.{mart}", f"read_parquet('{files}')", key
            )
            found.append(differences.assign(mart=mart))
    columns = ["mart", "key", "column", "left", "right"]
    return pd.concat(found, ignore_index=True)[columns]
