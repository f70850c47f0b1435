"""The model card is what its command writes."""

import shutil
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


def test_the_thresholds_are_those_the_build_was_told(sample_build, tmp_path):
    database = tmp_path / sample_build.database.name
    shutil.copy(sample_build.database, database)
    with duckdb.connect(str(database)) as connection:
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
