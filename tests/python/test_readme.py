"""The commands of the README run; CI runs its two set-up commands themselves."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, REAL_LEDGERS, SAMPLE

README = (PROJECT / "README.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder for what the commands write."""
    return tmp_path_factory.mktemp("readme")


def test_the_readme_sets_up_with_two_commands():
    assert [line.count("pip install") for line in COMMANDS[:2]] == [1, 1]
    assert not any("pip install" in line for line in COMMANDS[2:])


@pytest.mark.parametrize("command", COMMANDS[2:])
def test_the_command_runs(command, results):
    if "ledgers/" in command and not REAL_LEDGERS.is_dir():
        pytest.skip("the real ledgers are not here")
    database = results / "receivables.duckdb"
    command = (
        command.replace(
            ".venv/bin/", f"{shlex.quote(str(Path(sys.executable).parent))}/"
        )
        .replace("path/to/folder", str(SAMPLE))
        .replace("'receivables.duckdb'", f"'{database}'")
        .replace(" receivables.duckdb", f" {shlex.quote(str(database))}")
        .replace("> my_", f"> {shlex.quote(str(results))}/my_")
        .replace("RECEIVABLES_DB=", f"RECEIVABLES_DB={results}/")
    )
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "RECEIVABLES_DB": str(database),
            "DBT_TARGET_PATH": str(results / "target"),
        },
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("page", ["README.md", *PROJECT.glob("docs/*.md")], ids=str)
def test_every_link_leads_to_a_file(page):
    page = PROJECT / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_definitions_list_every_feature():
    features = (PROJECT / "docs/features.md").read_text()
    contract = (PROJECT / "models/features/_features.yml").read_text()
    client_features = contract.split("  - name: ftr_client_sums")[0]
    columns = re.findall(r"      - name: (\w+)", client_features)
    assert [name for name in columns if f"| `{name}` |" not in features] == []
