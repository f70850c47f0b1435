"""Write the auditors' pack of a built database: a folder of files that open offline.

    python reports/audit_pack.py DATABASE FOLDER

index.html leads to the rest. Two builds of one commit on one ledger give the same
bytes, but for run_manifest.csv, which holds the times and ids of the builds. The docs
and the lineage are of the project as it is now, with the vars of the last build.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import column_lineage
import duckdb
import model_card
from jinja2 import Environment, FileSystemLoader
from markdown import markdown
from markupsafe import Markup, escape

HERE = Path(__file__).parent
PROJECT = HERE.parent
PAGES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
PAGES.globals["style"] = (HERE / "audit_pack.css").read_text()
# what an auditor asks, and the table of the schema audit that answers
QUESTIONS = {
    "control_totals": "Do the figures tie out to the ledger?",
    "ar_rollforward": "How does each month's opening balance become its closing one?",
    "ledger_exceptions": "Which rows of the ledger were refused, and why?",
    "late_postings": "What changed a balance after its month had ended?",
    "third_party_payments": "Who paid for whom?",
    "metric_dictionary": "What does each figure mean?",
    "run_manifest": "What was each build made of, and what became of it?",
}
# holds times and ids, a row a build: as CSV only, so that all else is of any build
OF_ONE_BUILD = "run_manifest"
ROWS_SHOWN = 1000
LAST_BUILD = "from audit.run_manifest order by started_at desc limit 1"
NO_MODEL = "There is no model version: too few outcomes are known to fit one."
# times, ids and folders of one run of dbt
OF_ONE_RUN = ["generated_at", "invocation_id", "invocation_started_at"]
OF_ONE_RUN += ["run_started_at", "created_at"]
OF_ONE_RUN += ["root_path", "compiled_path", "build_path"]


def docs_of(database: Path, variables: dict) -> tuple[str, dict, dict]:
    """dbt's static page, its manifest and catalog, without what is of one run."""
    with TemporaryDirectory() as folder:
        result = subprocess.run(
            [
                *[sys.executable, "-m", "dbt.cli.main", "--no-use-colors"],
                *["docs", "generate", "--static", "--vars", json.dumps(variables)],
                *["--exclude", "resource_type:test", "resource_type:unit_test"],
            ],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "RECEIVABLES_DB": str(database.resolve()),
                "DBT_TARGET_PATH": folder,
                "DBT_LOG_PATH": folder,
            },
        )
        if result.returncode:
            sys.exit(result.stdout + result.stderr)
        texts = {path.stem: path.read_text() for path in Path(folder).glob("*.json")}
        page = (Path(folder) / "static_index.html").read_text()
    artifacts = []
    for name in ["manifest", "catalog"]:
        artifact = of_any_run(json.loads(texts[name]))
        before, found, after = page.partition(texts[name])
        assert found, f"dbt's page does not hold its {name} as it wrote it"
        page = before + json.dumps(artifact).replace("</", "<\\/") + after
        artifacts.append(artifact)
    return page, *artifacts


def of_any_run(artifact: dict) -> dict:
    """An artifact of dbt without what differs from run to run: times, ids, folders,
    and the order of its entries and of what they refer to."""
    kept = {"metadata": without_run(artifact["metadata"])}
    for section, entries in artifact.items():
        if isinstance(entries, dict) and section != "metadata":
            entries = {name: without_run(entries[name]) for name in sorted(entries)}
        kept.setdefault(section, entries)
    return kept


def without_run(entry):
    """One entry of an artifact, or a list of ids, without what differs so."""
    if isinstance(entry, list):
        return sorted(entry, key=json.dumps)
    if not isinstance(entry, dict):
        return entry
    kept = {name: value for name, value in entry.items() if name not in OF_ONE_RUN}
    for name in {"refs", "sources"} & kept.keys():
        kept[name] = without_run(kept[name])
    if "depends_on" in kept:
        parts = kept["depends_on"]
        kept["depends_on"] = {part: sorted(parts[part]) for part in sorted(parts)}
    return kept


def text(value) -> str:
    """A value as a page shows it."""
    if value is None:
        return ""
    return f"{value:,.2f}" if hasattr(value, "as_tuple") else str(value)


def html_of(comment: str | None) -> Markup:
    """A column's text as HTML, its table of codes included."""
    return Markup(markdown(escape(comment or ""), extensions=["tables"]))


def write_table(connection, name: str, folder: Path) -> int:
    """A table of the schema audit as CSV and as a page; returns its count of rows."""
    rows = connection.sql(f"from audit.{name} order by all")
    rows.write_csv(str(folder / f"{name}.csv"), header=True)
    row_count = rows.count("*").fetchone()[0]
    if name == OF_ONE_BUILD:
        return row_count
    of_table = "where schema_name = 'audit' and table_name = ?"
    (what,) = connection.execute(
        f"select comment from duckdb_tables() {of_table}", [name]
    ).fetchone()
    columns = connection.execute(
        "select column_name, comment, data_type <> 'VARCHAR' "
        f"from duckdb_columns() {of_table} order by column_index",
        [name],
    ).fetchall()
    write_page(
        folder / f"{name}.html",
        "table",
        name=name,
        question=QUESTIONS[name],
        what=what,
        columns=[
            {"name": column, "text": html_of(comment), "is_number": is_number}
            for column, comment, is_number in columns
        ],
        rows=[[text(value) for value in row] for row in rows.fetchmany(ROWS_SHOWN)],
        row_count=row_count,
    )
    return row_count


def write_page(path: Path, kind: str, **facts) -> None:
    """A page from audit_pack.html."""
    page = PAGES.get_template("audit_pack.html").render(kind=kind, **facts)
    path.write_text(page, encoding="utf-8")


def write_lineage(tables: dict, folder: Path) -> int:
    """The column lineage as a page and as CSV; returns its count of steps."""
    edges = column_lineage.edges(tables)
    page = column_lineage.page(tables)
    (folder / "column_lineage.html").write_text(page, encoding="utf-8")
    with (folder / "column_lineage.csv").open(
        "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", "column", "from_table", "from_column", "use"])
        writer.writerows(edges)
    return len(edges)


def card_of(connection) -> str:
    """The model card as HTML."""
    if not connection.sql(model_card.IN_FORCE).fetchone():
        return NO_MODEL
    # its links lead to pages that are not in the pack
    card = re.sub(r"\[([^]]+)\]\([^)]+\.md\)", r"\1", model_card.card(connection))
    return markdown(card, extensions=["tables"])


def last_build(connection) -> dict:
    """The last row of audit.run_manifest, its JSON read."""
    rows = connection.sql(LAST_BUILD)
    row = rows.fetchone()
    if row is None:
        sys.exit("No build is on record in audit.run_manifest: run `dbt build` first.")
    build = dict(zip(rows.columns, row, strict=True))
    for name in ["vars", "package_versions", "inputs"]:
        build[name] = json.loads(build[name])
    for file in build["inputs"]:
        file["amount"] = file["amount"] and Decimal(file["amount"])
    return build


def write_index(connection, tables: dict, counts: dict, folder: Path) -> None:
    """The first page: what is here, what the controls say, what it was made of."""

    def mart(name):
        rows = connection.table(name).count("*").fetchone()[0]
        return {
            "name": name,
            "id": tables[name]["id"],
            "what": tables[name]["description"].split(". ")[0].rstrip("."),
            "rows": None if name == f"audit.{OF_ONE_BUILD}" else rows,
        }

    write_page(
        folder / "index.html",
        "index",
        build=last_build(connection),
        questions=QUESTIONS,
        counts={name: counts[name] for name in counts if name != OF_ONE_BUILD},
        controls=connection.sql(
            "select status, list(control_code order by control_code) "
            "from audit.control_totals group by status"
        ).fetchall(),
        marts=[mart(name) for name in tables if tables[name]["kind"] == "mart"],
    )


def macro_checksums(manifest: dict) -> list[str]:
    """What the macro of that name returns."""
    return [
        f"{name} {hashlib.md5(macro['macro_sql'].encode()).hexdigest()}"
        for name, macro in sorted(manifest["macros"].items())
        if macro["package_name"] == manifest["metadata"]["project_name"]
        and macro["original_file_path"].startswith("macros")
    ]


def project_hash(manifest: dict) -> str:
    """What run_manifest's column of that name holds, of the project as it is now."""
    checksums = [
        f"{name} {node['checksum']['checksum']}"
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ] + macro_checksums(manifest)
    return hashlib.md5("\n".join(sorted(checksums)).encode()).hexdigest()


def write_pack(database: Path, folder: Path) -> None:
    """Write the pack of a built database to an empty folder."""
    with duckdb.connect(str(database), read_only=True) as connection:
        build = last_build(connection)
    page, manifest, catalog = docs_of(database, build["vars"])
    if project_hash(manifest) != build["project_hash"]:
        sys.exit(
            f"{database} was built by other models, seeds or macros than these: check "
            "out the commit of that build, or run `dbt build` again."
        )
    (folder / "docs.html").write_text(page, encoding="utf-8")
    tables = column_lineage.lineage(manifest, catalog)
    with duckdb.connect(str(database), read_only=True) as connection:
        counts = {name: write_table(connection, name, folder) for name in QUESTIONS}
        counts["column_lineage"] = write_lineage(tables, folder)
        write_page(folder / "model_card.html", "card", card=card_of(connection))
        write_index(connection, tables, counts, folder)


def main() -> None:
    """Write the pack that the command line asks for, whole or not at all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("database", type=Path, help="of a `dbt build` of this project")
    parser.add_argument(
        "folder", type=Path, help="where to write, over an earlier pack"
    )
    asked = parser.parse_args()
    if not asked.database.is_file():
        sys.exit(f"There is no database {asked.database}.")
    with TemporaryDirectory() as written:
        try:
            write_pack(asked.database, Path(written))
        except duckdb.Error as error:
            sys.exit(
                f"{asked.database} does not hold what a `dbt build` of this project "
                f"makes, or has another name than it was built under: {error}"
            )
        shutil.copytree(written, asked.folder, dirs_exist_ok=True)
    print(f"The auditors' pack: {asked.folder / 'index.html'}")


if __name__ == "__main__":
    main()
