"""dbt on a project that was parsed before, in a process that has its modules already.

Parsing takes longer than most builds of the tests, and dbt does it anew for every
file of results and every var. What parsing itself reads of the vars is what it was
in the run that wrote the file. Such builds of one test process share Python's hash
seed.
"""

import gc
import multiprocessing
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MODULES = [
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "pandas",
    "sklearn.cluster",
    "sklearn.linear_model",
]


def run_parsed(parsed: Path, arguments: list[str], environment: dict) -> tuple:
    """Run dbt with the parse of the file; its exit code and what it printed."""
    # a time zone is that of the process which was forked
    way = "spawn" if "TZ" in environment else "forkserver"
    context = multiprocessing.get_context(way)
    context.set_forkserver_preload(MODULES)
    output = Path(environment["DBT_TARGET_PATH"]).with_suffix(".txt")
    output.write_text("")
    process = context.Process(
        target=run_here, args=(parsed, arguments, environment, output)
    )
    process.start()
    process.join()
    return process.exitcode, output.read_text()


def run_here(parsed: Path, arguments: list[str], environment: dict, output: Path):
    """Run dbt in this process, which ends with its exit code."""
    import numpy as np
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(environment, RECEIVABLES_KEEP_OPEN="true")
    with output.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    np.random.seed()  # each its own, as in a process of its own
    manifest = Manifest.from_msgpack(parsed.read_bytes())
    # comments take a fifth of a build; test_descriptions reads them where dbt parses
    for node in manifest.nodes.values():
        node.config.persist_docs = {}
    manifest.build_flat_graph()
    gc.freeze()  # it stays: not to be looked through for garbage
    done = dbtRunner(manifest=manifest).invoke(["--log-level-file", "none", *arguments])
    # adapters do so when Python ends, which this process does without
    DuckDBConnectionManager.close_all_connections()
    sys.exit(0 if done.success else 2 if done.exception else 1)
