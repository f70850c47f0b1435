"""The model card is what its command writes."""

import subprocess
import sys

from conftest import PROJECT


def test_the_model_card_is_that_of_the_sample_ledger(sample_build):
    written = subprocess.run(
        [sys.executable, "reports/model_card.py", str(sample_build.database)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    assert written.stdout == (PROJECT / "docs" / "model_card.md").read_bytes()
