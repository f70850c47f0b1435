"""The clusters of a real ledger hold from quarter to quarter and in new draws."""

import sys

import duckdb
import pandas as pd
import pytest
from conftest import PROJECT

sys.path.append(str(PROJECT / "benchmarks"))
import segment_stability
import unchanged_ledger


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


def test_in_an_unchanged_ledger_clients_pay_as_well_in_another_order(connection):
    invoices = connection.sql(unchanged_ledger.SETTLED).df()
    written = unchanged_ledger.unchanged(invoices, 1)
    days_late = (written["payment_date"] - written["due_date"]).dt.days
    same = invoices.merge(written.assign(again=days_late), on="invoice_id")
    assert len(same) == len(invoices) == len(written)
    assert (same["days_late"] != same["again"]).mean() > 0.5
    pd.testing.assert_series_equal(
        same.groupby("client_id_x")["days_late"].apply(sorted),
        same.groupby("client_id_x")["again"].apply(sorted),
        check_names=False,
    )
    assert written["payment_date"].ge(written["invoice_date"]).all()
    assert unchanged_ledger.unchanged(invoices, 1).equals(written)
    assert not unchanged_ledger.unchanged(invoices, 2).equals(written)
