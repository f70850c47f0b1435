"""The sample ledger is what its generator writes."""

import subprocess
import sys

from conftest import PROJECT, SAMPLE


def test_the_generator_writes_the_sample_ledger_byte_by_byte(tmp_path):
    folder = tmp_path / "ledger"
    generator = PROJECT / "benchmarks" / "sample_ledger.py"
    subprocess.run([sys.executable, str(generator), str(folder)], check=True)
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert written == {path.name: path.read_bytes() for path in SAMPLE.iterdir()}
    assert (tmp_path / "ledger_truth.csv").read_bytes() == (
        PROJECT / "benchmarks" / "sample_truth.csv"
    ).read_bytes()
