"""The documentation says what is there, of everything, once."""

import csv
import re
from collections import defaultdict

import pytest
from conftest import MART_SCHEMAS, PROJECT

# Names that say what the row is of: each model has its own words.
OF_THE_ROW = {
    "amount": "of a ledger row, a total, an ageing bucket",
    "client_count": "clients of what the row is of",
    "contribution": "to a distance in the segmentation, to log-odds in the risk score",
    "expected_loss_amount": "of a bucket, of a week, of a cohort",
    "feature": "of the segmentation or of the risk score",
    "feature_value": "of the segmentation or of the risk score",
    "gross_amount": "open in expected_credit_loss, invoiced in ftr_client_sums",
    "invoice_count": "invoices of what the row is of",
    "late_days": "days of an invoice, the threshold in risk_model_quality",
    "mean_value": "of a segment, of a component, of a fit",
    "measure": "what is measured differs",
    "method": "of DSO or of the forecast",
    "open_amount": "at a period end, or of from_amount at its end",
    "promised_amount": "still to come, fallen due, or of one request",
    "rate": "a share of what the row is of",
    "reason": "codes or words of the model's own",
    "settled_count": "at a period end, before a moment, of some days late",
    "status": "of a control, a build, a model version",
    "unit": "of a metric, of a feature",
}

# Models in which a name means another quantity than everywhere else.
FLAT = {"stg_ledger__invoices", "base_ledger__invoices", "base_ledger__invoices_typed"}
FLAT = {*FLAT, "base_ledger__invoices_judged"}
ENTRY = {"int_applications"}
FLOWS = {"ar_rollforward", "int_flows_monthly"}
PERIODS = {*FLOWS, "collection_outcomes", "int_collections_followed"}
OTHERWISE = {
    # of the period, in the document currency or net of what was taken back
    "credited_amount": {*FLOWS, *ENTRY},
    "discount_amount": {*PERIODS, *ENTRY},
    "written_off_amount": {
        *PERIODS,
        *ENTRY,
        "int_bucket_moves",
        "int_invoice_paths",
    },
    "opening_amount": {"ar_rollforward"},
    # in the document currency, less unapplied cash
    "change_amount": {"int_open_items_monthly"},
    # outstanding_amount less unapplied_amount
    "receivables_amount": {"segment_aging", "client_aging", "int_receivables_staged"},
    # unapplied cash is an item of its own
    "outstanding_amount": {"open_items"},
    # drawn towards peers, or a cluster's
    "avg_days_late": {"segmentation_subjects"},
    "late_rate": {"segmentation_subjects"},
    # drawn towards all clients
    "reminder_response_rate": {"collections_worklist"},
    # clusters that are named so
    "cluster_count": {"segments"},
    # of an application
    "days_late": {*ENTRY, "int_reversals_matched"},
    "settling_amount": ENTRY,
    "applied_amount": {*ENTRY, "int_entries_converted"},
    "amount_days": ENTRY,
    "cash_count": ENTRY,
    # of the split
    "first_invoice_date": {"risk_model_quality"},
    "last_invoice_date": {"risk_model_quality"},
    # of an invoice not yet issued
    "invoice_amount": {"risk_moments", "risk_histories"},
    # until the next event; of an item that is no invoice too
    "is_late": {"risk_events"},
    "is_very_late": {"risk_events"},
    "is_overdue": {"risk_events", "open_items"},
    # of one invoice
    "late_probability": {
        "risk_open_invoices",
        "risk_predictions",
        "risk_predictions_in_use",
    },
    # the ledger's mark, which has no day; what a flat export says was paid
    "is_disputed": FLAT,
    "paid_amount": {*FLAT, *ENTRY, "int_bucket_moves"},
    # dunning level
    "level": {
        "stg_ledger__reminders",
        "base_ledger__reminders",
        "base_ledger__reminders_judged",
    },
    # invoiced, not open
    "not_due_amount": {"ftr_client_sums"},
    "over_90_amount": {"ftr_client_sums"},
    # the ledger's own periods
    "period_end_date": {"stg_ledger__gl_balances", "base_ledger__gl_balances"},
    # of the cohort, before losses
    "undated_amount": {"working_capital_scenarios"},
}

# Text in marts that is no code: numbers and names (by their ending), ISO codes,
# words for people, versions, and what a build leaves in run_manifest.
WORDS = r"""
    .*_(id|name|key|sha|hash)|metric|packages|industry|feature|model_version
    |country_code|currency_code|control_code|contribution_\d|driver_\d
    |description|payment_terms|reminder_cadence|.*action|override_reason|git_reason
    |what|remedy|raw_values|ledger_file|formula|source|edge_rules|mart_schema
    |invocation_command|vars|package_versions|inputs|model_versions|failed_nodes
"""
WORDS_OF = {("collections_worklist", "reason")}

# A code that a test refuses on purpose.
REFUSED = {("control_totals", "status"): {"failed"}}


@pytest.fixture(scope="session")
def tables(sample_build):
    """Models and seeds of the manifest, by name."""
    nodes = sample_build.manifest()["nodes"].values()
    kinds = ("model", "seed")
    return {node["name"]: node for node in nodes if node["resource_type"] in kinds}


@pytest.fixture(scope="session")
def marts(tables):
    """What is for others to read."""
    return {
        name: node for name, node in tables.items() if node.get("access") == "public"
    }


@pytest.fixture(scope="session")
def blocks(sample_build):
    """Doc blocks by name."""
    return {
        doc["name"]: doc["block_contents"].strip()
        for doc in sample_build.manifest()["docs"].values()
        if doc["package_name"] == "receivables"
    }


@pytest.fixture(scope="session")
def comments(sample_build):
    """Of each table and column of the database, the comment, by table."""
    found = defaultdict(dict)
    rows = sample_build.query(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where schema_name in ('reference', 'staging', 'intermediate', "
        f"{', '.join(repr(schema) for schema in MART_SCHEMAS)})"
    )
    for row in rows.itertuples(index=False):
        found[row.schema_name, row.table_name][row.column_name] = row.comment
    return found


def columns_of(nodes):
    """(table, column, description) of all columns."""
    for name, node in nodes.items():
        for column in node["columns"].values():
            yield name, column["name"], column["description"]


def defines_its_codes(name, block):
    """A seed has its own words for the codes that it brings."""
    return f"| seed {name}." in block


def test_every_column_of_every_table_is_described_and_says_so_in_the_database(
    tables, comments
):
    assert {(node["schema"], name) for name, node in tables.items()} == {*comments}
    silent = [
        (name, column)
        for name, node in tables.items()
        for column, comment in comments[node["schema"], name].items()
        if not isinstance(comment, str)
        or comment.strip() != node["columns"][column]["description"].strip()
    ]
    assert silent == []


def test_every_column_of_the_ledger_is_described(sample_build):
    sources = sample_build.manifest()["sources"]
    silent = [
        (name, column)
        for name, column, description in columns_of(sources)
        if not description
    ]
    assert silent == []


def test_one_quantity_has_one_text(tables, blocks):
    stands_in = defaultdict(list)
    for name, column, description in columns_of(tables):
        stands_in[column].append((name, description))

    astray = []
    for column, places in stands_in.items():
        if len(places) < 2 or column in OF_THE_ROW:
            continue
        block = blocks.get(column)
        for name, description in places:
            means_otherwise = name in OTHERWISE.get(column, ())
            has_block = block is not None and block in description
            is_own = block is not None and defines_its_codes(name, block)
            if has_block == means_otherwise and not is_own:
                astray.append((name, column))
    assert astray == []


def test_names_with_several_meanings_are_still_there(tables):
    places = {(name, column) for name, column, _ in columns_of(tables)}
    listed = {(name, column) for column, models in OTHERWISE.items() for name in models}
    assert listed <= places
    assert set(OF_THE_ROW) <= {column for _, column in places}


# Words that lean on the text of a neighbour: a column's text travels alone.
LEANS = re.compile(
    r"^(the same|those|these|their|likewise|of (these|those|that|them))\b"
    r"|\blikewise\.(\s|$)",
    re.IGNORECASE,
)


def test_no_text_leans_on_its_neighbour(tables):
    leaning = [
        (name, column)
        for name, column, description in columns_of(tables)
        if LEANS.search(description.strip())
    ]
    assert leaning == []


def test_every_block_is_used(tables, blocks):
    said = "\n".join(description for _, _, description in columns_of(tables))
    ours = set(
        re.findall(r"{% docs (\w+)", (PROJECT / "models/columns.md").read_text())
    )
    assert [name for name in sorted(ours) if blocks[name] not in said] == []


def codes_of(description):
    """The definition table of a column: meanings by value. Empty where it has none."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", description, re.MULTILINE)
    return dict(rows[2:]) if rows[:1] == [("value", "meaning")] else {}


def accepted(codes):
    """The values of a definition table, those of a seed one by one."""
    found = set()
    for value in codes:
        if value.startswith("seed "):
            seed, column = value.removeprefix("seed ").split(".")
            path = PROJECT / "seeds/reference" / f"{seed}.csv"
            with path.open(encoding="utf-8") as file:
                found |= {row[column] for row in csv.DictReader(file)}
        elif value != "null":
            found.add(value)
    return found


def test_every_code_of_a_mart_is_defined(marts):
    undefined = [
        (name, column["name"])
        for name, node in marts.items()
        for column in node["columns"].values()
        if column["data_type"] == "string"
        and not codes_of(column["description"])
        and not re.fullmatch(WORDS, column["name"], re.VERBOSE)
        and (name, column["name"]) not in WORDS_OF
    ]
    assert undefined == []


def test_definition_tables_hold_every_value_that_occurs(tables, sample_build):
    missing = []
    for name, column, description in columns_of(tables):
        codes = codes_of(description)
        if not codes:
            continue
        assert "null" in codes, (name, column)
        defined = accepted(codes)
        values = sample_build.query(
            f"select distinct {column} as value from {tables[name]['schema']}.{name}"
        )["value"]
        for value in values:
            if not isinstance(value, str):
                if codes["null"].startswith("never"):
                    missing.append((name, column, None))
            elif value not in defined and not {*value.split(", ")} <= defined:
                missing.append((name, column, value))
    assert missing == []


def test_definition_tables_hold_what_tests_accept(tables, sample_build):
    by_id = {node["unique_id"]: node for node in tables.values()}
    compared = 0
    for node in sample_build.manifest()["nodes"].values():
        if (node.get("test_metadata") or {}).get("name") != "accepted_values":
            continue
        table = by_id[node["attached_node"]]
        column = node["column_name"]
        codes = codes_of(table["columns"][column]["description"])
        values = {*map(str, node["test_metadata"]["kwargs"]["values"])}
        if codes:
            compared += 1
            refused = REFUSED.get((table["name"], column), set())
            assert accepted(codes) == values | refused, (table["name"], column)
    assert compared >= 5


def test_the_front_page_leads_to_every_mart(marts, sample_build, blocks):
    page, _, _ = blocks["__overview__"].partition("\n\n[")
    links = dict(
        re.findall(r"^\[(.+)\]: #!/(.+)$", blocks["__overview__"], re.MULTILINE)
    )
    named = {*re.findall(r"\[([\w.]+)\]", page)}
    assert named == {*links}
    manifest = sample_build.manifest()
    nodes = {**manifest["nodes"], **manifest["sources"]}
    for name, link in links.items():
        kind, target = link.split("/")
        assert target in nodes, name
        assert target.startswith(f"{kind}.") and target.endswith(f".{name}")
    assert {*marts} - named == set()
