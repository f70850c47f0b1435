"""The clusters of a real ledger hold from quarter to quarter and in new draws."""

import sys

import duckdb
import pytest
from conftest import PROJECT

sys.path.append(str(PROJECT / "benchmarks"))
import segment_stability


@pytest.fixture(scope="module")
def connection(real_build):
    """The build of a ledger with 100 clients whose clusters are not far apart."""
    database = str(real_build("ibm_late_payments").database)
    with duckdb.connect(database, read_only=True) as connection:
        yield connection


def test_an_adopted_version_groups_clients_as_the_quarter_before(connection):
    pairs = segment_stability.quarter_pairs(connection)
    adopted = pairs[pairs["status"] == "adopted"]
    assert len(adopted) >= 4
    assert (adopted["versions"] >= 0.90).all()
    assert (adopted["versions"] > adopted["guides"].mean()).all()


def test_the_model_in_force_is_found_again_in_a_hundred_draws(connection):
    draws = segment_stability.bootstrap(connection, 100)
    assert draws["smallest_jaccard"] >= 0.80
    assert draws["ari_mean"] >= 0.80


def test_the_draws_are_made_from_the_clients_of_the_fit(connection):
    draws = segment_stability.bootstrap(connection, 20)
    told = connection.sql(
        "select bootstrap_ari, smallest_jaccard "
        "from segments.segmentation_quality where is_in_force"
    ).fetchone()
    assert (draws["ari_mean"], draws["smallest_jaccard"]) == pytest.approx(told)
