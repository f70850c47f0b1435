"""Time `dbt build` of the sample ledger beside a trivial project with as many nodes.

    python benchmarks/startup.py [--repeats 3]

The trivial project has as many models, seeds, data tests and unit tests as this one,
each of one line: what it takes is dbt's own. The two take turns, each in a process of
its own with nothing parsed before. Replaces the section on start-up in
benchmarks/results.md. Run it on a machine that does nothing else.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

from compare import machine, run, write_section

DBT = Path(sys.executable).parent / "dbt"
PROFILE = """
trivial:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: trivial.duckdb, threads: 2, keep_open: false}
"""
UNIT_TEST = """
  - name: unit_{number}
    model: model_{model}
    given: [{{input: ref('seed_0'), rows: [{{id: 1}}]}}]
    expect: {{rows: [{{id: 1}}]}}
"""


def write_trivial_project(folder: Path, counts: Counter) -> None:
    """Write a project with so many nodes of each kind, all of them trivial."""
    models, seeds, tests, unit_tests = (
        counts[kind] for kind in ("model", "seed", "test", "unit_test")
    )
    (folder / "models").mkdir(parents=True)
    (folder / "seeds").mkdir()
    (folder / "tests").mkdir()
    (folder / "dbt_project.yml").write_text(
        "{name: trivial, version: 1.0.0, profile: trivial, "
        "flags: {send_anonymous_usage_stats: false}}"
    )
    (folder / "profiles.yml").write_text(PROFILE)
    for number in range(seeds):
        (folder / "seeds" / f"seed_{number}.csv").write_text("id\n1\n")
    for number in range(models):
        (folder / "models" / f"model_{number}.sql").write_text(
            "{{ config(materialized='table') }}\nselect id from {{ ref('seed_0') }}\n"
        )
    for number in range(tests):
        (folder / "tests" / f"test_{number}.sql").write_text(
            f"select id from {{{{ ref('model_{number % models}') }}}} where id <> 1\n"
        )
    (folder / "models" / "unit_tests.yml").write_text(
        "unit_tests:"
        + "".join(
            UNIT_TEST.format(number=number, model=number % models)
            for number in range(unit_tests)
        )
    )


def main() -> None:
    """Build both as often as asked, in turns; print and write what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    seconds = {"receivables": [], "trivial": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch, "target")
            database = {"RECEIVABLES_DB": f"{scratch}/receivables.duckdb"}
            build = [DBT, "build", "--target-path", target]
            seconds["receivables"].append(run(build, database)[0])
            results = json.loads((target / "run_results.json").read_text())["results"]
            kinds = Counter(
                result["unique_id"].split(".")[0]
                for result in results
                if not result["unique_id"].startswith("operation")
            )
            trivial = Path(scratch, "trivial")
            write_trivial_project(trivial, kinds)
            build = [DBT, "build", "--project-dir", trivial, "--profiles-dir", trivial]
            database = {"DBT_TARGET_PATH": f"{scratch}/trivial_target"}
            seconds["trivial"].append(run(build, database, trivial)[0])
    took = {name: median(values) for name, values in seconds.items()}
    nodes = ", ".join(f"{count} of kind {kind}" for kind, count in kinds.items())
    text = (
        f"`dbt build` of the sample ledger, {sum(kinds.values())} nodes ({nodes}): "
        f"{took['receivables']:.1f} s; of a trivial project with as many: "
        f"{took['trivial']:.1f} s; {took['receivables'] / took['trivial']:.2f} times. "
        f"Medians of {repeats}, taking turns; {machine()}.\n"
    )
    write_section("Start-up", text)
    print(text)


if __name__ == "__main__":
    main()
