"""The auditors' pack, as an auditor opens it: from disk, in a browser, offline."""

import os
import re
import shutil
import subprocess
import sys
from urllib.parse import unquote

import duckdb
import pandas as pd
import pytest
from conftest import OF_ONE_BUILD, PROJECT
from playwright.sync_api import sync_playwright

sys.path.append(str(PROJECT / "reports"))
import audit_pack as writer

METRIC = "kpis.segment_kpis.outstanding_amount"
INVOICES = "source.receivables.ledger.invoices"
LOCAL = ("file:", "data:", "blob:", "about:")


@pytest.fixture(scope="module")
def pack(sample_build, audit_pack):
    """The folder of the sample's pack."""
    return audit_pack(sample_build)


@pytest.fixture(scope="module")
def page(pack):
    """A page of a browser that finds no host; `requests` has what it asked for and
    `errors` what went wrong in it."""
    chromium = shutil.which("chromium")
    if not (chromium or os.environ.get("CI")):
        pytest.skip("there is no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        context = browser.new_context(
            offline=True, viewport={"width": 1400, "height": 900}
        )
        context.set_default_timeout(120_000)  # the docs draw slowly
        page = context.new_page()
        page.requests, page.errors = [], []
        context.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        yield page
        browser.close()


def drawn(page) -> set:
    """Edges that the graph of the docs shows."""
    page.wait_for_function(
        "document.getElementById('cy')?._cyreg?.cy?.nodes(':visible').length > 0",
        polling=300,
    )
    edges = page.evaluate(
        "document.getElementById('cy')._cyreg.cy.edges(':visible')"
        ".map((edge) => [edge.source().id(), edge.target().id()])"
    )
    return {tuple(edge) for edge in edges}


def reached(start, edges) -> set:
    """All nodes that edges lead to from a node."""
    found, latest = set(), {start}
    while latest:
        found |= latest
        latest = {end for begin, end in edges if begin in latest} - found
    return found


@pytest.mark.parametrize("name", ["index.html", "column_lineage.html"])
def test_every_link_leads_to_a_file_and_a_place_in_it(page, pack, name):
    page.goto((pack / name).as_uri())
    links = page.eval_on_selector_all("a", "links => links.map((link) => link.href)")
    assert len(links) > 30
    tables = pd.read_csv(pack / "column_lineage.csv")
    columns = set(tables["table"]) | set(tables["table"] + "." + tables["column"])
    ids = set(re.findall(r'"unique_id": "([^"]+)"', (pack / "docs.html").read_text()))
    for link in links:
        file, _, place = unquote(link).partition("#")
        assert file.startswith(pack.as_uri()), link
        assert (pack / file.removeprefix(f"{pack.as_uri()}/")).is_file(), link
        if file.endswith("docs.html") and place:
            assert place.split("?")[0].removeprefix("!/model/") in ids, link
        elif file.endswith("column_lineage.html") and place and name == "index.html":
            assert place in columns, link


def test_the_index_says_what_the_controls_and_the_tables_hold(page, pack, sample_build):
    page.goto((pack / "index.html").as_uri())
    text = page.inner_text("main")
    controls = sample_build.query("from audit.control_totals")
    assert set(controls["status"]) == {"ok"}
    assert f"All controls hold: {len(controls)} tie out" in text
    assert "as of 2025-12-31, in EUR" in text
    for path in pack.glob("*.csv"):
        if path.stem == OF_ONE_BUILD:
            continue
        rows = pd.read_csv(path)
        line = next(line for line in text.splitlines() if path.name in line)
        assert f"\t{len(rows):,}\t" in line, line


def test_the_index_names_a_failed_control_and_a_failed_build(sample_build, tmp_path):
    database = shutil.copy(sample_build.database, tmp_path)
    with duckdb.connect(database) as connection:
        connection.sql(
            "update audit.control_totals set status = 'failed' "
            "where control_code = 'aging_total'"
        )
        connection.sql("update audit.run_manifest set status = 'failed'")
        counts = dict.fromkeys([*writer.QUESTIONS, "column_lineage"], 20)
        writer.write_index(connection, {}, counts, tmp_path)
    text = (tmp_path / "index.html").read_text()
    assert re.search(r"1 of 20 controls\s+failed:</b> aging_total\.", text)
    assert "The last build failed" in text
    assert "All controls hold" not in text


@pytest.mark.parametrize("fault", ["missing", "renamed", "of other models"])
def test_a_database_that_is_not_of_this_project_is_refused(
    sample_build, tmp_path, fault
):
    name = "renamed.duckdb" if fault == "renamed" else sample_build.database.name
    database = tmp_path / name
    if fault != "missing":
        shutil.copy(sample_build.database, database)
    if fault == "of other models":
        with duckdb.connect(str(database)) as connection:
            connection.sql("update audit.run_manifest set project_hash = 'another'")
    folder = tmp_path / "pack"
    result = subprocess.run(
        [sys.executable, "reports/audit_pack.py", str(database), str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = {"missing": "no database", "renamed": "another name than it was built"}
    assert result.returncode == 1
    assert said.get(fault, "built by other models, seeds or macros") in result.stderr
    assert "Traceback" not in result.stderr
    assert not folder.exists()


def test_the_docs_show_the_graph_from_a_mart_to_the_ledger(page, pack):
    page.goto((pack / "index.html").as_uri())
    page.get_by_role("link", name="graph of ar_rollforward").click()
    assert "model.receivables.ar_rollforward" in reached(INVOICES, drawn(page))


def test_the_column_lineage_shows_the_path_to_the_ledger(page, pack):
    page.goto((pack / "index.html").as_uri())
    page.get_by_role("link", name="outstanding_amount").click()
    assert page.inner_text("main h1") == METRIC
    cards = page.locator(".card")
    shown = cards.evaluate_all("cards => cards.map((card) => card.dataset.column)")
    for ledger in [
        "invoices.amount",
        "payments.amount",
        "exchange_rates.rate_to_reporting",
    ]:
        assert f"ledger.{ledger}" in shown
    assert all(card.is_visible() for card in cards.all())

    steps = pd.read_csv(pack / "column_lineage.csv")
    steps["to"] = steps["table"] + "." + steps["column"]
    steps["from"] = steps["from_table"] + "." + steps["from_column"]
    edges = {
        *steps[steps["use"] != "decides"][["to", "from"]].itertuples(
            index=False, name=None
        )
    }
    assert set(shown) == reached(METRIC, edges)
    drawn_lines = page.locator("#path svg path").count()
    assert drawn_lines == len({(to, origin) for to, origin in edges if to in shown})

    page.get_by_label("show the SQL").check()
    assert "sum(client_features.outstanding_amount)" in page.inner_text("#path")
    page.get_by_role("link", name="this path as a graph").click()
    assert "model.receivables.segment_kpis" in reached(INVOICES, drawn(page))


def test_no_page_asks_for_anything_but_itself(page, pack):
    page.requests.clear()
    page.errors.clear()
    pages = sorted(pack.glob("*.html"))
    assert len(pages) >= 9
    for path in pages:
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        assert page.inner_text("body").strip(), path
    assert len(page.requests) >= len(pages)
    assert [url for url in page.requests if not url.startswith(LOCAL)] == []
    assert page.errors == []


def test_the_pack_names_no_folder_of_this_machine(pack, sample_build):
    folders = [PROJECT, sample_build.database.parent, pack.parent]
    for path in pack.iterdir():
        text = path.read_text()
        assert [folder for folder in folders if str(folder) in text] == [], path


def test_every_column_of_a_python_model_comes_from_all_that_it_reads(
    pack, sample_build
):
    steps = pd.read_csv(pack / "column_lineage.csv")
    manifest = sample_build.manifest()
    for key, node in manifest["nodes"].items():
        if node.get("language") != "python":
            continue
        reads = {
            "{schema}.{name}".format(**manifest["nodes"][parent])
            for parent in manifest["parent_map"][key]
        }
        found = steps[steps["table"] == f"{node['schema']}.{node['name']}"]
        assert set(found["use"]) == {"python"}
        by_column = found.groupby("column")["from_table"].agg(set)
        assert set(by_column.index) >= node["columns"].keys()
        assert (by_column.map(lambda tables, reads=reads: tables == reads)).all()
