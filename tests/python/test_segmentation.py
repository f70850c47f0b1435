"""The clusters find what was planted, and hold when clients change."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, read_ledger
from sklearn.metrics import adjusted_rand_score

sys.path.append(str(PROJECT / "python_models" / "segmentation"))
from segmentation_candidates import (
    RANKED_BY,
    fit_candidates,
    jaccards,
    neighbor_distance,
    stability,
)

SETTINGS = {
    "random_seed": 1,
    "bootstrap_refits": 5,
    "client_limit": 2000,
}


def chosen(build) -> pd.Series:
    """The clustering that a build uses."""
    return build.query("from segments.segmentation_quality where is_chosen").iloc[0]


def test_planted_personas_are_found_again(sample_build):
    truth = read_ledger(PROJECT / "benchmarks")["sample_truth"]
    found = sample_build.query(
        "select client_id, cluster_id from segments.client_segments "
        "where assignment_method = 'model'"
    ).merge(truth, on="client_id")
    assert len(found) > 270
    assert adjusted_rand_score(found["persona"], found["cluster_id"]) >= 0.90


def test_the_sample_has_four_clusters_that_hold(sample_build):
    quality = chosen(sample_build)
    assert (quality["algorithm"], quality["cluster_count"]) == ("kmeans", 4)
    assert quality["passes_gate"]
    assert quality["silhouette"] > quality["null_silhouette"] + 0.2


def test_clusters_of_ibm_hold_when_its_clients_are_drawn_anew(real_build):
    build = real_build("ibm_late_payments")
    quality = chosen(build)
    assert quality["smallest_jaccard"] >= 0.80
    # a hundred draws, where the build makes twenty
    inputs = build.query("from features.segmentation_inputs where is_training")
    points = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    points = points.astype(float).to_numpy()
    labels = build.query(
        "select cluster_id - 1 as label from segments.client_segments "
        "where assignment_method = 'model' order by client_id"
    )["label"].to_numpy()
    agreement, overlaps = stability("kmeans", points, labels, labels.max() + 1, 7, 100)
    assert agreement >= 0.80
    assert overlaps.min() >= 0.80


def test_sql_scores_a_client_as_its_fit_does(sample_build):
    inputs = sample_build.query("from features.segmentation_inputs where is_training")
    centers = sample_build.query("from features.segmentation_centroids")
    points = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    centers = centers.pivot(index="cluster_id", columns="feature", values="center")
    distances = np.linalg.norm(
        points.astype(float).to_numpy()[:, None] - centers[points.columns].to_numpy(),
        axis=2,
    )
    told = pd.Series(centers.index[distances.argmin(axis=1)], index=points.index)
    scored = sample_build.query(
        "from segments.client_segments where assignment_method = 'model'"
    ).set_index("client_id")["cluster_id"]
    assert (scored.sort_index() == told.sort_index()).all()


def inputs(values: dict[str, list[float]]) -> pd.DataFrame:
    """Clients of two features as segmentation_inputs has them."""
    return pd.DataFrame(
        [
            {"client_id": client, "feature": feature, "scaled_value": value}
            for client, pair in values.items()
            for feature, value in zip([RANKED_BY, "late_rate"], pair, strict=True)
        ],
        columns=["client_id", "feature", "scaled_value"],
    )


TWO_GROUPS = {"a": [0.0, 0.1], "b": [0.1, 0.0], "c": [0.9, 1.0], "d": [1.0, 0.9]}


def crowd(groups: int, size: int = 20) -> dict[str, list[float]]:
    """Clients in groups far apart on one line."""
    spread = np.random.default_rng(3).normal(0, 0.01, (groups, size, 2))
    return {
        f"{group}-{client}": [*(group / groups + spread[group, client])]
        for group in range(groups)
        for client in range(size)
    }


def measure(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """One overall measure, by algorithm and count."""
    rows = table[(table["measure"] == name) & table["cluster_id"].isna()]
    return rows.set_index(["algorithm", "cluster_count"])["value"]


def test_clusters_are_numbered_from_promptest():
    table = fit_candidates(inputs(TWO_GROUPS), SETTINGS)
    centers = table[(table["measure"] == "center") & (table["feature"] == RANKED_BY)]
    assert centers["cluster_id"].tolist() == [1, 2, 3, 4]
    assert centers["value"].is_monotonic_increasing


@pytest.mark.parametrize("algorithm", ["kmeans", "hierarchical"])
def test_groups_far_apart_are_the_best_count(algorithm):
    table = fit_candidates(inputs(crowd(4)), SETTINGS)
    silhouettes = measure(table, "silhouette")[algorithm]
    assert silhouettes.idxmax() == 4
    assert measure(table, "smallest_jaccard")[algorithm][4] == 1
    assert measure(table, "smallest_share")[algorithm][4] == 0.25
    assert measure(table, "prediction_strength")[algorithm][4] == 1
    assert measure(table, "inertia")[algorithm].is_monotonic_decreasing


def test_dbscan_finds_the_groups_and_leaves_a_stray_client_out():
    clients = crowd(3, 30) | {"stray": [0.5, 5.0]}
    table = fit_candidates(inputs(clients), SETTINGS)
    assert measure(table, "noise_share")["dbscan"].to_dict() == {
        3: pytest.approx(1 / 91)
    }


def test_the_neighbor_distance_is_the_knee_of_the_curve():
    near = np.arange(50.0)[:, None] / 100
    far = np.array([[10.0], [20.0]])
    assert 0 < neighbor_distance(np.vstack([near, far])) < 1


def test_jaccard_is_the_part_of_a_cluster_that_another_holds():
    labels, others = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, 0])
    assert jaccards(labels, others).tolist() == [2 / 3, 2 / 3]


def test_neither_row_order_nor_client_ids_move_a_center():
    clients = crowd(3)
    renamed = {f"x{99 - i}": pair for i, pair in enumerate(clients.values())}
    shuffled = inputs(renamed).sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        fit_candidates(inputs(clients), SETTINGS),
        fit_candidates(shuffled, SETTINGS),
        check_exact=True,
    )


@pytest.mark.parametrize("clients", [0, 1, 2])
def test_fewer_clients_than_clusters_give_fewer_clusters(clients):
    few = dict(list(TWO_GROUPS.items())[:clients])
    table = fit_candidates(inputs(few), SETTINGS)
    assert table["cluster_id"].dropna().nunique() == clients
    assert "cluster_count" in table.columns
