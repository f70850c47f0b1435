"""dbt on a project that was parsed before.

    python tests/python/parsed_dbt.py partial_parse.msgpack build --vars ...

Parsing takes longer than most builds of the tests, and dbt does it anew for every
file of results and every var. What parsing itself reads of the vars is what it was
in the run that wrote the file.
"""

import gc
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest


def main(parsed: str, *arguments: str) -> int:
    """Run dbt; its exit code."""
    manifest = Manifest.from_msgpack(Path(parsed).read_bytes())
    # comments take a fifth of a build; test_descriptions reads them where dbt parses
    for node in manifest.nodes.values():
        node.config.persist_docs = {}
    manifest.build_flat_graph()
    gc.freeze()  # it stays: not to be looked through for garbage
    done = dbtRunner(manifest=manifest).invoke([*arguments])
    return 0 if done.success else 2 if done.exception else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
