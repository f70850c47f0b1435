"""Every feature of every client a second time, from its definition, in pandas.

On the sample ledger and on real ones, at month-ends of their history and on their
last day: counts, money, days and words are the same, means and rates to 1e-9.
"""

import pandas as pd
import pytest
import yaml
from conftest import PROJECT, SAMPLE, differences
from reference_features import client_features
from reference_ledger import datarisk_ledger, ibm_ledger, last_day, sample_ledger

LEDGERS = {
    "sample": sample_ledger,
    "ibm_late_payments": ibm_ledger,
    "datarisk_b2b": datarisk_ledger,
}
LAST_DAYS = {
    "sample": "2025-12-31",
    "ibm_late_payments": "2014-01-09",
    "datarisk_b2b": "2021-11-28",
}
MONTH_ENDS = {
    "sample": ["2024-03-31", "2024-12-31", "2025-06-30"],
    "ibm_late_payments": ["2012-04-30", "2012-12-31", "2013-09-30"],
    "datarisk_b2b": ["2019-06-30", "2020-03-31", "2021-06-30"],
}
DAYS = [(name, day) for name, days in MONTH_ENDS.items() for day in days]
DAYS += LAST_DAYS.items()
PRIORS = ["peer_kind", "peer_key", "measure"]


def contract(model: str) -> dict[str, str]:
    """The columns of a model and their types."""
    file = PROJECT / "models" / "features" / "_features.yml"
    models = {m["name"]: m for m in yaml.safe_load(file.read_text())["models"]}
    return {c["name"]: c["data_type"] for c in models[model]["columns"]}


def assert_agrees(reference: pd.DataFrame, built: pd.DataFrame, model: str) -> None:
    """The same rows, and the same in every column of the contract."""
    assert set(reference.index) == set(built.index)
    types, wrong = contract(model), []
    for column in built.columns.drop("as_of_date", errors="ignore"):
        tolerance = 1e-9 if types[column] == "double" else 0
        rows = differences(reference[column], built[column], tolerance)
        if len(rows):
            shown = rows.head().to_string(float_format="{:.12g}".format)
            wrong.append(f"{column}: {len(rows)} of {len(built)} differ\n{shown}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def ledger_of():
    """A cleaned ledger by its name, read once."""
    ledgers = {}

    def read(name: str) -> dict[str, pd.DataFrame]:
        if name not in ledgers:
            ledgers[name] = LEDGERS[name]()
        return ledgers[name]

    return read


@pytest.fixture(scope="module")
def rows_of(request):
    """Rows of a model as of a day, in the build of a ledger."""

    def read(name: str, model: str, day: str) -> pd.DataFrame:
        if name == "sample":
            build = request.getfixturevalue("sample_build")
        else:
            build = request.getfixturevalue("real_build")(name)
        return build.query(f"from features.{model} where as_of_date = date '{day}'")

    return read


def test_the_reference_has_every_column_of_the_contract(ledger_of):
    features, _ = client_features(ledger_of("sample"), pd.Timestamp("2024-12-31"))
    missing = set(contract("client_features")) - set(features)
    assert missing == {"client_id"}


@pytest.mark.parametrize("name, day", DAYS)
def test_every_feature_of_every_client_is_what_its_definition_says(
    rows_of, ledger_of, name, day
):
    is_last = LAST_DAYS[name] == day
    built = rows_of(name, "client_features" + "_monthly" * (not is_last), day)
    priors = rows_of(name, "ftr_priors", day)
    priors = priors.drop(columns=["peer_rank", "is_current"])
    ledger, as_of = ledger_of(name), pd.Timestamp(day)
    features, expected_priors = client_features(ledger, as_of)

    assert (as_of == last_day(ledger)) == is_last
    assert_agrees(features, built.set_index("client_id"), "client_features")
    assert_agrees(expected_priors, priors.set_index(PRIORS), "shrinkage_priors")


def test_features_of_a_day_in_mid_month_are_what_their_definitions_say(
    build_ledger, ledger_of
):
    build = build_ledger(SAMPLE, select=["+client_features"], as_of_date="2025-06-15")
    built = build.query("from features.client_features").set_index("client_id")
    features, _ = client_features(ledger_of("sample"), pd.Timestamp("2025-06-15"))
    assert built["as_of_date"].eq("2025-06-15").all()
    assert_agrees(features, built, "client_features")
