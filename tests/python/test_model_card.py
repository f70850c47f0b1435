"""The model card is what its command writes."""

import subprocess
import sys

import duckdb
from conftest import PROJECT

sys.path.append(str(PROJECT / "reports"))
import model_card


def test_the_model_card_is_that_of_the_sample_ledger(sample_build):
    written = subprocess.run(
        [sys.executable, "reports/model_card.py", str(sample_build.database)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    assert written.stdout == (PROJECT / "docs" / "model_card.md").read_bytes()


def test_the_thresholds_are_those_the_build_was_told(sample_build):
    with duckdb.connect() as connection:
        connection.sql(f"attach '{sample_build.database}' as built (read_only)")
        for schema in ("audit", "features", "reference", "segments", "kpis"):
            connection.sql(f"create schema {schema}")
        names = connection.sql(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'built' and schema_name in "
            "('audit', 'features', 'reference', 'segments', 'kpis')"
        ).fetchall()
        for (name,) in names:
            connection.sql(f"create table {name} as from built.{name}")
        connection.sql(
            """
            update audit.run_manifest set vars = json_merge_patch(vars, '{
                "segmentation_min_share": 0.125, "segmentation_with_attributes": true
            }')
            """
        )
        card = model_card.card(connection)
    assert "asks for a smallest share of\n0.125 and" in card
    assert "shape the segments too" in card
