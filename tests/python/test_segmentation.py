"""The clusters find what was planted; the fit is a pure function."""

import sys

import pandas as pd
import pytest
from conftest import PROJECT, read_ledger
from sklearn.metrics import adjusted_rand_score

sys.path.append(str(PROJECT / "python_models" / "segmentation"))
from segmentation_centroids import fit_centers


def test_planted_personas_are_found_again(sample_build):
    truth = read_ledger(PROJECT / "benchmarks")["sample_truth"]
    found = sample_build.query(
        "select client_id, cluster_id from segments.client_segments "
        "where assignment_method = 'model'"
    ).merge(truth, on="client_id")
    assert len(found) > 270
    assert adjusted_rand_score(found["persona"], found["cluster_id"]) >= 0.80


def inputs(values: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"client_id": client, "feature": feature, "scaled_value": value}
            for client, pair in values.items()
            for feature, value in zip(["avg_days_late", "late_rate"], pair, strict=True)
        ],
        columns=["client_id", "feature", "scaled_value"],
    )


TWO_GROUPS = {"a": [0.0, 0.1], "b": [0.1, 0.0], "c": [0.9, 1.0], "d": [1.0, 0.9]}


def test_clusters_are_numbered_from_promptest():
    centers = fit_centers(inputs(TWO_GROUPS), cluster_count=2, seed=1)
    days = centers[centers["feature"] == "avg_days_late"]
    assert days["cluster_id"].tolist() == [1, 2]
    assert days["center"].tolist() == [0.05, 0.95]


def test_neither_row_order_nor_client_ids_move_a_center():
    renamed = {f"x{9 - i}": pair for i, pair in enumerate(TWO_GROUPS.values())}
    shuffled = inputs(renamed).sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        fit_centers(inputs(TWO_GROUPS), cluster_count=2, seed=1),
        fit_centers(shuffled, cluster_count=2, seed=1),
        check_exact=True,
    )


@pytest.mark.parametrize("clients", [0, 1, 2])
def test_fewer_clients_than_clusters_give_fewer_clusters(clients):
    few = dict(list(TWO_GROUPS.items())[:clients])
    centers = fit_centers(inputs(few), cluster_count=4, seed=1)
    assert centers["cluster_id"].nunique() == clients
    assert [*centers.columns] == ["cluster_id", "feature", "center"]
