"""What README and docs say is so: commands run, queries answer, links lead on.

CI runs the README's two set-up commands itself.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, REAL_LEDGERS, WITHOUT_TESTS, WITHOUT_UNIT_TESTS

PAGES = ["README.md", "CONTRIBUTING.md", "models/overview.md"]
PAGES += sorted(f"docs/{path.name}" for path in (PROJECT / "docs").glob("*.md"))
BIN = Path(sys.executable).parent
NO_TESTS, NO_UNIT_TESTS = " ".join(WITHOUT_TESTS), " ".join(WITHOUT_UNIT_TESTS)


def blocks(page, language):
    """The code blocks of a page in one language."""
    text = (PROJECT / page).read_text()
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.M)
    return [textwrap.dedent(block) for _, block in found]


def commands():
    """Every command of the pages, once, and the page that says it first."""
    found = {}
    for page in PAGES:
        text = (PROJECT / page).read_text()
        text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.M)
        inline = re.findall(r"`((?:\.venv/bin/|dbt )[^`]* --[^`]*)`", text)
        for line in [*"".join(blocks(page, "sh")).splitlines(), *inline]:
            found.setdefault(re.sub(r"^dbt ", ".venv/bin/dbt ", line), page)
    return [pytest.param(line, id=f"{page}: {line}") for line, page in found.items()]


def queries():
    """Every query of the pages, with the table that stands below its block."""
    found = []
    for page in PAGES:
        text = (PROJECT / page).read_text()
        for block, below in re.findall(
            r"```sql\n(.*?)```\n((?:\n\|[^\n]*(?:\n\|[^\n]*)+)?)", text, re.DOTALL
        ):
            *others, last = [sql.strip() for sql in block.split(";") if sql.strip()]
            found += [pytest.param(sql, "", id=f"{page}: {sql}") for sql in others]
            found += [pytest.param(last, below, id=f"{page}: {last}")]
    return found


SET_UP, COMMANDS = commands()[:2], commands()[2:]
# test_spark runs those of docs/spark.md
COMMANDS = [param for param in COMMANDS if "--target spark" not in param.values[0]]


def as_text(value) -> str:
    """A value as a page writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, Decimal) else str(value)


# the export that docs/your_ledger.md maps
AR_ITEMS = """\
doc_no;cust_no;doc_type;doc_date;net_due_date;gross_amt
4711;815;RV;02/01/2026;01/02/2026;1.234,56
4712;816;RG;05/01/2026;20/01/2026;99,50
4713;816;AB;05/01/2026;20/01/2026;1,00
"""
AR_CLEARED_ITEMS = """\
clearing_no;cust_no;doc_no;clearing_date;cleared_amt
1;815;4711;30/01/2026;234,56
"""


INVOICES = """\
invoice_id,client_id,invoice_date,due_date,amount,payment_date
1,A,2026-01-02,2026-02-01,100.00,2026-02-11
2,B,2026-01-05,2026-01-20,50.00,
"""


@pytest.fixture(scope="module")
def results(sample_build, tmp_path_factory):
    """A folder for what the commands write, with the ledgers the pages speak of."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copy(sample_build.database, folder / "receivables.duckdb")
    shutil.copytree(sample_build.target, folder / "target")
    (folder / "own").mkdir()
    (folder / "own/invoices.csv").write_text(INVOICES)
    export = folder / "exports/2026-01"
    export.mkdir(parents=True)
    (export / "AR_ITEMS_1.csv").write_text(AR_ITEMS, encoding="latin-1")
    (export / "AR_CLEARED_ITEMS.csv").write_text(AR_CLEARED_ITEMS)
    (mapping,) = blocks("docs/your_ledger.md", "yaml")
    mapping = mapping.replace("exports/", f"{folder}/exports/")
    (folder / "my_ledger.yml").write_text(mapping)
    return folder


def test_the_readme_sets_up_with_two_commands():
    assert ["README.md" in param.id for param in SET_UP] == [True, True]
    assert [param.values[0].count("pip install") for param in SET_UP] == [1, 1]
    readme = [param.values[0] for param in COMMANDS if param.id.startswith("README")]
    assert not any("pip install" in command for command in readme)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_runs(command, results):
    if "ledgers/" in command and not REAL_LEDGERS.is_dir():
        pytest.skip("the real ledgers are not here")
    written = {"my_ledger.yml": "mapped", "path/to/folder": "own"}
    names = [name for said, name in written.items() if said in command]
    database = results / f"{[*names, 'receivables'][0]}.duckdb"
    command = (
        command.replace(".venv/bin/", f"{shlex.quote(str(BIN))}/")
        .replace("path/to/folder", f"{results}/own")
        .replace("'receivables.duckdb'", f"'{database}'")
        .replace(" receivables.duckdb", f" {shlex.quote(str(database))}")
        .replace(" my_", f" {shlex.quote(str(results))}/my_")
        .replace(" published", f" {shlex.quote(str(results))}/published")
        .replace("RECEIVABLES_DB=", f"RECEIVABLES_DB={results}/")
        # these are tested by real_build, and as docs/your_ledger.md has it
        .replace(f"{NO_UNIT_TESTS} --vars", f"{NO_TESTS} --vars")
        .replace(
            'build --vars "$(cat ledgers/', f'build {NO_TESTS} --vars "$(cat ledgers/'
        )
        .replace("dbt build --vars", f"dbt build {NO_UNIT_TESTS} --vars")
    )
    if command.endswith("unit_test"):
        # sample_build builds and tests this ledger
        command += " --select staging"
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={
            "RECEIVABLES_DB": str(database),
            **os.environ,
            "DBT_TARGET_PATH": str(results / "target"),
            "DBT_LOG_PATH": str(results / "logs"),
        },
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_mapping_of_your_ledger_reads_such_an_export(results):
    """After its command, which is the last to write this database."""
    with duckdb.connect(str(results / "mapped.duckdb"), read_only=True) as connection:
        rows = connection.sql(
            "select invoice_id, client_id, invoice_amount, outstanding_amount "
            "from core.invoices order by 1"
        ).fetchall()
        (inputs,) = connection.sql("select inputs from audit.run_manifest").fetchone()
    # what is no receivable is not lost without a word
    files = {file["file"]: file["left_out_rows"] for file in json.loads(inputs)}
    assert [*files.values()] == [1, 0], files
    assert rows == [
        ("4711", "0000000815", Decimal("1234.56"), Decimal("1000.00")),
        ("4712", "0000000816", Decimal("99.50"), Decimal("99.50")),
    ]


@pytest.mark.parametrize(("sql", "below"), queries())
def test_the_query_answers_what_stands_below_it(sql, below, sample_build):
    with duckdb.connect(str(sample_build.database), read_only=True) as connection:
        answer = connection.sql(sql)
        rows = [[as_text(value) for value in row] for row in answer.fetchall()]
    assert rows, "a query of the docs finds something"
    table = [re.findall(r"[^|]+", line) for line in below.split("\n") if line]
    table = [[cell.strip() for cell in line] for line in table]
    if table:
        assert (table[0], table[2:]) == (answer.columns, rows)


def test_the_figures_of_the_walk_through_are_those_of_its_answers():
    """In what stands between the tables, too."""
    text = (PROJECT / "docs/walkthrough.md").read_text()
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    tables = "".join(re.findall(r"^\|.*$", prose, re.M))
    said = re.findall(r"[\d,]+\.\d\d\b", re.sub(r"^\|.*$", "", prose, flags=re.M))
    assert len(said) >= 5
    assert [figure for figure in said if f" {figure} " not in tables] == []


def test_the_readme_shows_what_a_build_prints(sample_build):
    (shown,) = re.findall(
        r"```\n(segment .*?)\n\n", (PROJECT / "README.md").read_text(), re.DOTALL
    )
    assert [
        line for line in shown.splitlines() if line not in sample_build.output
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page):
    folder, text = (PROJECT / page).parent, (PROJECT / page).read_text()
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, place = link.partition("#")
        target = folder / path if path else PROJECT / page
        assert target.exists(), link
        if place:
            headings = re.findall(r"^#+ (.*)", target.read_text(), re.M)
            slugs = [re.sub(r"[^\w -]", "", head.lower()) for head in headings]
            assert place in [slug.replace(" ", "-") for slug in slugs], link


def test_the_dictionary_of_features_is_that_of_the_columns(sample_build):
    node = sample_build.manifest()["nodes"]["model.receivables.client_features"]
    described = {}
    for name, column in node["columns"].items():
        texts = column["description"].split("\n\n")
        sentences = " ".join(text for text in texts if not text.startswith("|"))
        described[name] = " ".join(sentences.split())
    page = (PROJECT / "docs/features.md").read_text().split("## The dictionary")[1]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE)) == described
