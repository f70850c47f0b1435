"""Time a build beside what a user would pick instead, on the same files.

    python benchmarks/compare.py folder invoices clients [--repeats 3] [--only ...]

Writes a ledger of that size into the folder (generate_ledger.py) where there is none.
Each engine runs in a process of its own, one after the other, as often as --repeats
says; --only names works or engines: features, whole_build, daily, read; receivables,
pandas, polars, duckdb_floor, limit. The seconds of a build are those in which a node
of it ran, by run_results.json; those of a peer are its own steps from the files on,
without Python's imports; the whole process stands beside. Features are built without
dbt's tests and without the history of month-ends, which no peer has; the whole build is
`dbt build` as it is. A daily build is that of docs/large_ledgers.md, without unit
tests, in a database that was built from the ledger of a week before, which has 1 %
fewer rows.

Replaces the measurements of that size and work in benchmarks/results.json (a list) and
the section of that size and --only in benchmarks/results.md (for people). Run it on a
machine that does nothing else.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from statistics import median

import duckdb
from generate_ledger import generate

HERE = Path(__file__).resolve().parent
NO_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]
NO_TESTS = [*NO_UNIT_TESTS, "--exclude-resource-type", "test"]
BUILDS = {
    "features": ["--select", "+client_features", *NO_TESTS],
    "whole_build": [],
    "daily": NO_UNIT_TESTS,
}
VARS = {"features": {"history_months": 0}, "whole_build": {}, "daily": {}}
WEEK_BEFORE = "2025-12-24"
JOBS = [
    ("read", "limit"),
    ("features", "duckdb_floor"),
    ("features", "polars"),
    ("features", "pandas"),
    ("features", "receivables"),
    ("whole_build", "receivables"),
    ("daily", "receivables"),
]
PACKAGES = ["duckdb", "dbt-core", "dbt-duckdb", "pandas", "scikit-learn", "polars"]


def run(command: list, environment=None, folder=HERE.parent) -> tuple:
    """Run a command: seconds, peak MiB of its largest process, what it printed."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    if status:
        sys.exit(text)
    return seconds, usage.ru_maxrss / 1024, text


def seconds_busy(nodes: list) -> float:
    """Seconds in which at least one node ran."""
    ran = [
        [datetime.fromisoformat(timing[at]) for at in ("started_at", "completed_at")]
        for node in nodes
        for timing in node["timing"]
        if timing["name"] == "execute"
    ]
    seconds, until = 0.0, datetime.min.replace(tzinfo=ran[0][0].tzinfo)
    for start, end in sorted(ran):
        seconds += max(0.0, (end - max(start, until)).total_seconds())
        until = max(until, end)
    return seconds


def build(work: str, ledger: Path, scratch: str) -> dict:
    """Build the ledger once, in the database of a scratch folder."""
    process_seconds, peak, _ = run(
        [
            Path(sys.executable).parent / "dbt",
            *["build", *BUILDS[work], "--target-path", scratch],
            *["--vars", json.dumps({"ledger_path": str(ledger), **VARS[work]})],
        ],
        {"RECEIVABLES_DB": f"{scratch}/receivables.duckdb"},
    )
    nodes = json.loads(Path(scratch, "run_results.json").read_text())["results"]
    return {
        "seconds": seconds_busy(nodes),
        "process_seconds": process_seconds,
        "peak_mib": peak,
        "steps": {node["unique_id"]: node["execution_time"] for node in nodes},
    }


def measure_build(work: str, folder: Path, size: dict) -> dict:
    """Build the ledger in a database that is thrown away; a daily build is the second
    one, after that of the week before, from files of the same name.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        ledger = Path(scratch, "ledger")
        if work == "daily":
            before = Path(scratch, "before")
            generate(before, **size, last_day=WEEK_BEFORE)
            ledger.symlink_to(before)
            build(work, ledger, scratch)
            ledger.unlink()
        ledger.symlink_to(folder)
        return build(work, ledger, scratch)


def measure_peer(engine: str, folder: Path) -> dict:
    """Let a peer do its work once; the clusters of pandas are not features."""
    process_seconds, peak, output = run(
        [sys.executable, HERE / "peers.py", engine, folder]
    )
    steps = json.loads(output)
    return {
        "seconds": sum(steps.values()) - steps.get("clusters", 0),
        "process_seconds": process_seconds,
        "peak_mib": peak,
        "steps": steps,
    }


def measure(folder: Path, size: dict, repeats: int, only: list) -> list[dict]:
    """One entry a job with all its repeats; jobs take turns."""
    jobs = [job for job in JOBS if not only or set(job) & set(only)]
    runs = {job: [] for job in jobs}
    for _ in range(repeats):
        for work, engine in jobs:
            is_build = engine == "receivables"
            done = measure_build(work, folder, size) if is_build else None
            runs[work, engine].append(done or measure_peer(engine, folder))
            print(work, engine, round(runs[work, engine][-1]["seconds"], 2), flush=True)
    return [
        {
            "work": work,
            "engine": engine,
            "seconds_median": round(median(one["seconds"] for one in done), 3),
            "seconds_min": round(min(one["seconds"] for one in done), 3),
            "peak_mib": round(max(one["peak_mib"] for one in done)),
            "process_seconds": median(one["process_seconds"] for one in done),
            "steps": {
                step: median(one["steps"][step] for one in done)
                for step in done[0]["steps"]
            },
        }
        for (work, engine), done in runs.items()
    ]


def section(entries: list[dict], repeats: int, load: float) -> str:
    """The measurements of one size for people."""
    floor = [e["seconds_median"] for e in entries if e["engine"] == "duckdb_floor"]
    lines = [
        f"{repeats} run(s) each, taking turns; {machine()}; load before {load:.1f}.\n",
        "| work | engine | seconds, median | least | times the floor "
        "| process, seconds | peak MiB |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for entry in entries:
        ratio = f"{entry['seconds_median'] / floor[0]:.2f}" if floor else ""
        lines.append(
            f"| {entry['work']} | {entry['engine']} | {entry['seconds_median']:.2f} "
            f"| {entry['seconds_min']:.2f} | {ratio} | {entry['process_seconds']:.2f} "
            f"| {entry['peak_mib']:,} |"
        )
    if any(entry["engine"] in ("pandas", "polars") for entry in entries):
        lines += ["", "pandas and polars compute 12 features; floor and build, 71."]
    for entry in entries:
        if entry["engine"] == "receivables":
            lines += ["", f"Nodes of {entry['work']}, in seconds of their own: "]
            lines[-1] += dearest(entry["steps"])
        elif "clusters" in entry["steps"]:
            seconds = entry["steps"]["clusters"]
            lines += ["", f"Besides, pandas clusters in {seconds:.1f} s."]
    return "\n".join(lines) + "\n"


def dearest(steps: dict) -> str:
    """Seconds of each kind of node, of the dearest ten, and the segments' share."""
    kind = {name: name.split(".")[0] for name in steps}
    names = sorted(steps, key=kind.get)
    kinds = [
        f"{key} {sum(steps[name] for name in group):.1f}"
        for key, group in groupby(names, kind.get)
    ]
    first = sorted(steps, key=steps.get, reverse=True)[:10]
    nodes = [f"`{name.split('.')[2]}` {steps[name]:.1f}" for name in first]
    clusters = sum(steps[name] for name in steps if ".segment" in name)
    return (
        f"{', '.join(kinds)}; of these {', '.join(nodes)}. "
        f"Clusters and segments are {clusters / sum(steps.values()):.0%} of all."
    )


def machine() -> str:
    """What it was measured on and with, settings of the environment included."""
    settings = [
        f", {name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith("RECEIVABLES_")
    ]
    cpus = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({cpus[0] if cpus else platform.processor()}), "
        f"{memory:.0f} GiB; Python {platform.python_version()}, {packages}"
        f"{''.join(settings)}"
    )


def write(entries: list[dict], size: dict, only: list, text: str) -> None:
    """Replace what the two result files say of this size and these works."""
    path = HERE / "results.json"
    old = json.loads(path.read_text()) if path.exists() else []
    keys = ["work", "engine", "seconds_median", "seconds_min", "peak_mib"]
    new = [{**size, **{key: entry[key] for key in keys}} for entry in entries]
    keys = [*size, "work", "engine"]
    measured = [[entry[key] for key in keys] for entry in new]
    kept = [e for e in old if [e[key] for key in keys] not in measured]
    new = sorted([*kept, *new], key=lambda e: e["invoices"])
    path.write_text("[\n" + ",\n".join(json.dumps(e) for e in new) + "\n]\n")

    title = "{invoices:,} invoices of {clients:,} clients".format(**size)
    write_section(": ".join([title, *([", ".join(only)] if only else [])]), text)


def write_section(title: str, text: str) -> None:
    """Replace a section of results.md; the sizes stand in order, start-up last."""
    path = HERE / "results.md"
    head = "# Speed and size\n\nWritten by benchmarks/compare.py and startup.py.\n"
    head, *sections = (path.read_text() if path.exists() else head).split("\n## ")
    sections = [s for s in sections if s.splitlines()[0] != title]
    sections.append(f"{title}\n\n{text}")
    numbers = {s: s.split()[0].replace(",", "") for s in sections}
    sections.sort(
        key=lambda s: int(numbers[s]) if numbers[s].isdigit() else float("inf")
    )
    path.write_text("\n## ".join([head, *sections]))


def main() -> None:
    """Read the arguments, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("invoices", type=int)
    parser.add_argument("clients", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    folder = options.folder.resolve()
    size = {"invoices": options.invoices, "clients": options.clients}
    if not (folder / "invoices.parquet").exists():
        generate(folder, **size)
    found = duckdb.sql(f"select count(*) from '{folder}/invoices.parquet'").fetchone()
    if found[0] != options.invoices:
        sys.exit(f"{folder} has {found[0]:,} invoices.")
    load = os.getloadavg()[0]
    entries = measure(folder, size, options.repeats, options.only)
    text = section(entries, options.repeats, load)
    write(entries, size, options.only, text)
    print(text)


if __name__ == "__main__":
    main()
