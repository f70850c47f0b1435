"""The house's rules that can be read off the project itself."""

import copy
import csv
import hashlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from conftest import MART_SCHEMAS, PROJECT

sys.path.append(str(PROJECT / "reports"))
import audit_pack

BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def models(sample_build):
    """All models of the manifest, by name."""
    nodes = sample_build.manifest()["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


@pytest.fixture(scope="session")
def marts(models):
    """The models that BI tools query."""
    return {
        name: node
        for name, node in models.items()
        if node["path"].startswith("marts/") or name == "client_features"
    }


@pytest.mark.parametrize(
    "command",
    [
        ["sqlfluff", "lint", "models", "tests"],
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
    ],
    ids=" ".join,
)
def test_the_code_is_clean(command):
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]


def test_every_model_is_described(models):
    assert [name for name, node in models.items() if not node["description"]] == []


def test_every_model_says_what_one_row_is(models):
    silent = [
        name
        for name, node in models.items()
        if not re.search(r"\bone row", node["description"], re.IGNORECASE)
    ]
    assert silent == []


def test_every_mart_has_a_contract_and_describes_every_column(marts, sample_build):
    assert len(marts) > 40
    for name, node in marts.items():
        assert node["config"]["contract"]["enforced"], name
        assert node["schema"] in MART_SCHEMAS, name
        undescribed = [
            column["name"]
            for column in node["columns"].values()
            if not column["description"] or not column["data_type"]
        ]
        assert undescribed == [], name
        in_database = sample_build.query(f"from {node['schema']}.{name}")
        assert len(in_database) > 0, name
        assert [*in_database.columns] == [*node["columns"]], name


def test_only_marts_are_for_others_to_build_on(models, marts):
    public = {name for name, node in models.items() if node["access"] == "public"}
    assert public == {*marts, "client_features_monthly"}
    assert {node["group"] for node in models.values()} == {"receivables"}


@pytest.fixture(scope="session")
def ancestors(sample_build):
    """All that a node comes from, by its id."""
    parents = sample_build.manifest()["parent_map"]

    @cache
    def ancestors(node):
        found = set(parents.get(node, []))
        return found.union(*(ancestors(parent) for parent in found))

    return ancestors


def test_lineage_leads_from_every_mart_to_the_ledger(marts, ancestors):
    for name, node in marts.items():
        if name == "metric_dictionary":  # words, not figures
            continue
        assert any(
            ancestor.startswith("source.receivables.ledger.")
            for ancestor in ancestors(node["unique_id"])
        ), name


def test_the_sources_of_every_metric_lead_to_its_column(marts, ancestors):
    with (PROJECT / "seeds/reference/metrics.csv").open(encoding="utf-8") as file:
        metrics = [*csv.DictReader(file)]
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    astray = []
    for metric in metrics:
        found = ancestors(marts[metric["mart_name"]]["unique_id"])
        names = {node.removeprefix("source.receivables.") for node in found}
        names |= {node.split(".")[-1] for node in found if node[:4] != "sour"}
        names |= {f"var.{name}" for name in settings}
        sources = metric["source"].split(", ")
        astray += [(metric["metric"], name) for name in sources if name not in names]
    assert astray == []


def test_only_staging_reads_the_ledger(models):
    for name, node in models.items():
        if node["sources"]:
            assert node["path"].startswith("staging/"), name


def test_few_lines_of_models_are_jinja():
    lines = [
        line
        for path in (PROJECT / "models").rglob("*.sql")
        for line in path.read_text().splitlines()
    ]
    plain = re.compile(r"\{\{ (ref|source)\([^}]*\) \}\}")
    jinja = [line for line in lines if re.search(r"\{[{%]", plain.sub("", line))]
    assert len(jinja) / len(lines) < 0.03


def test_no_model_asks_the_clock(models):
    clock = r"current_date|current_timestamp|now\(\)|today\(\)|get_current"
    asking = [
        name
        for name, node in models.items()
        if re.search(clock, node["raw_code"], re.IGNORECASE)
    ]
    assert asking == []


def test_every_quarantine_rule_is_in_the_seed_and_every_entry_is_used():
    text = "".join(
        path.read_text() for path in (PROJECT / "models/staging/base").glob("*.sql")
    )
    used = set(re.findall(r"then\s+'([a-z]+_[a-z_]+)'", text))
    seed = (PROJECT / "seeds/reference/ledger_rules.csv").read_text().splitlines()[1:]
    assert used == {line.split(",")[0] for line in seed}


def test_every_var_of_the_features_is_in_their_fingerprint():
    folders = ["models/intermediate", "models/features"]
    used = {
        name
        for folder in folders
        for path in (PROJECT / folder).glob("*.sql")
        if not path.name.startswith(("segment", "risk"))
        for name in re.findall(r"""var\(['"](\w+)['"]\)""", path.read_text())
    }
    macro = (PROJECT / "macros/feature_history.sql").read_text()
    named = set(re.findall(r"'(\w+)'", macro.split("for name in [")[1].split("]")[0]))
    # how far back; of forecasts; there is no history under the known clock
    assert used - {"history_months", "transition_months", "clock"} == named


def test_a_month_end_is_of_its_vars_models_and_macros(sample_build):
    manifest = sample_build.manifest()
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    macro = (PROJECT / "macros/feature_history.sql").read_text()
    names = re.findall(r"'(\w+)'", macro.split("for name in [")[1].split("]")[0])
    models = sorted(
        (node["name"], node["checksum"]["checksum"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["path"].startswith(("intermediate/", "features/"))
        and not node["name"].startswith("segment")
    )
    parts = [
        *audit_pack.macro_checksums(manifest),
        *(f"{name}={settings[name]}" for name in names),
        *(checksum for _, checksum in models),
    ]
    compiled = "compiled/receivables/models/intermediate/int_month_ends.sql"
    known_by = hashlib.md5(" ".join(parts).encode()).hexdigest()
    assert f"hash('{known_by}', " in (sample_build.target / compiled).read_text()


def test_a_build_tells_its_models_seeds_and_macros(sample_build):
    manifest = sample_build.manifest()
    told = sample_build.query("select project_hash from audit.run_manifest")
    assert told["project_hash"].tolist() == [audit_pack.project_hash(manifest)]
    for kind, name, text in [
        ("nodes", "model.receivables.dso", "checksum"),
        ("nodes", "seed.receivables.personas", "checksum"),
        ("macros", "macro.receivables.is_settled", "macro_sql"),
    ]:
        changed = copy.deepcopy(manifest)
        changed[kind][name][text] = {"checksum": "x"} if kind == "nodes" else "x"
        assert audit_pack.project_hash(changed) != told["project_hash"][0], name


def test_parsing_reads_vars_in_the_yaml_of_models_alone():
    """There conftest.parsed_vars finds them: where another file decided by a var what
    is parsed, a build that begins with what another one parsed would be wrong."""
    files = [PROJECT / "dbt_project.yml", *(PROJECT / "seeds").rglob("*.yml")]
    told = {path.name: path.read_text() for path in files}
    for path in (PROJECT / "models").rglob("*.sql"):
        configs = re.findall(
            r"\{\{ config\((.*?)\) \}\}\n", path.read_text(), re.DOTALL
        )
        # what stands in quotes, such as a hook, is read when the model runs
        told[path.name] = re.sub('"[^"]*"', "", "".join(configs))
    assert sum(map(bool, told.values())) > 20
    assert [name for name, text in told.items() if "var(" in text] == []
