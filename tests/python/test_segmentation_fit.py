"""The fit: what it measures, what it chooses, and how it goes from one to the next."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT

sys.path.append(str(PROJECT / "python_models" / "segmentation"))
from segmentation_candidates import (
    COLUMNS,
    RANKED_BY,
    Candidate,
    Model,
    aligned,
    choose,
    fact,
    fit_version,
    fit_versions,
    jaccards,
    labels_of,
    limits_of,
    measured_places,
    model_of,
    neighbor_distance,
    scaled,
    start_of,
    typed,
)
from segmentation_components import components_of
from segmentation_merges import merges_of

SETTINGS = {
    "segmentation_algorithm": "kmeans",
    "segmentation_min_share": 0.05,
    "segmentation_min_jaccard": 0.75,
    "segmentation_min_months": 12,
    "segmentation_max_moved_share": 0.25,
    "segmentation_retrain": "quarterly",
    "random_seed": 1,
    "bootstrap_refits": 5,
    "evaluation_limit": 2000,
    "ward_limit": 500,
}
NOTHING = typed(pd.DataFrame(columns=COLUMNS))
FIRST, SECOND, THIRD = "2024-12-31", "2025-03-31", "2025-06-30"
OTHER = "late_rate"


def crowd(groups: int, size: int = 20) -> dict[str, tuple]:
    """Clients in groups far apart on one line."""
    spread = np.random.default_rng(3).normal(0, 0.01, (groups, size, 2))
    return {
        f"{group}-{client}": (*(group / groups + spread[group, client]),)
        for group in range(groups)
        for client in range(size)
    }


def training(days: dict[str, dict], owed=1.0, data_from="2023-12-31") -> pd.DataFrame:
    """Clients of two features on some days as segmentation_training has them."""
    return pd.DataFrame(
        [
            (day, True, client, feature, 1.0, False, value, owed, data_from, "c")
            for day, clients in days.items()
            for client, pair in clients.items()
            for feature, value in zip([RANKED_BY, OTHER], pair, strict=True)
        ],
        columns=[
            "as_of_date",
            "is_quarter_end",
            "client_id",
            "feature",
            "weight",
            "is_logged",
            "feature_value",
            "owed_amount",
            "data_from",
            "first_client_id",
        ],
    )


def fitted(days, kept=NOTHING, owed=1.0, data_from="2023-12-31", **settings):
    """The versions of some days, by name."""
    table = fit_versions(training(days, owed, data_from), kept, SETTINGS | settings)
    return dict(iter(table.groupby("model_version")))


def measure(rows: pd.DataFrame, name: str) -> pd.Series:
    """One overall measure of what was tried, by algorithm and count."""
    found = rows[(rows["measure"] == name) & rows["cluster_id"].isna()]
    found = found.dropna(subset="cluster_count")
    return found.set_index(["algorithm", "cluster_count"])["value"].astype(float)


def centers(rows: pd.DataFrame) -> dict[int, float]:
    """Where each cluster lies on the feature that ranks them."""
    found = rows[(rows["measure"] == "center") & (rows["feature"] == RANKED_BY)]
    return dict(zip(found["cluster_id"], found["value"].round(2), strict=True))


def status(rows: pd.DataFrame) -> str:
    """What became of a version."""
    return fact(rows, "status", "note")


def candidate(algorithm, count, silhouette, share=0.2, jaccard=0.9, ari=0.9, noise=0.0):
    """A clustering of which only the measures matter."""
    measures = {
        "silhouette": silhouette,
        "smallest_share": share,
        "smallest_jaccard": jaccard,
        "bootstrap_ari": ari,
        "noise_share": noise,
    }
    return Candidate(algorithm, np.zeros(1, int), np.zeros((count, 1)), measures, {})


def test_of_the_best_that_pass_the_gate_the_count_nearest_to_four_is_chosen():
    tried = [
        candidate("kmeans", 2, 0.70),
        candidate("kmeans", 3, 0.50),
        candidate("kmeans", 4, 0.60, share=0.04),
        candidate("kmeans", 5, 0.49, share=0.05, jaccard=0.75),
        candidate("kmeans", 6, 0.60, jaccard=0.74),
        candidate("kmeans", 7, 0.40),
        candidate("hierarchical", 4, 0.60),
    ]
    chosen, reasons = choose(tried, SETTINGS)
    assert chosen == 1
    assert reasons == [
        "Fewer than three clusters serve no playbook",
        "Chosen: of those within .02 of the best silhouette that pass the gate, "
        "the count nearest to the four segments",
        "A cluster has too few clients (var segmentation_min_share)",
        "As good, but farther from the four segments",
        "A cluster dissolves when clients are drawn again "
        "(var segmentation_min_jaccard)",
        "Silhouette more than .02 below the best",
        "Not asked for (var segmentation_algorithm)",
    ]


def test_the_count_in_force_is_kept_while_it_passes_the_gate():
    tried = [candidate("kmeans", 3, 0.40), candidate("kmeans", 4, 0.60)]
    chosen, reasons = choose(tried, SETTINGS, kept_count=3)
    assert chosen == 0
    assert reasons[1] == "Passes, and would change the count in force"
    tried[0] = candidate("kmeans", 3, 0.40, jaccard=0.5)
    assert choose(tried, SETTINGS, kept_count=3)[0] == 1


def test_where_none_passes_the_gate_the_most_stable_is_chosen():
    tried = [
        candidate("kmeans", 2, 0.9, jaccard=0.5, ari=0.99),
        candidate("kmeans", 3, 0.3, jaccard=0.5, ari=0.60),
        candidate("kmeans", 4, 0.8, jaccard=0.7, ari=0.50),
        candidate("hierarchical", 3, 0.8, ari=0.99),
    ]
    chosen, reasons = choose(tried, SETTINGS)
    assert chosen == 1
    assert reasons[1] == "Chosen: none passes the gate, this is the most stable one"


def test_a_clustering_that_leaves_a_tenth_of_the_clients_out_fails_the_gate():
    tried = [candidate("dbscan", 3, 0.6, noise=0.11), candidate("dbscan", 3, 0.6)]
    settings = SETTINGS | {"segmentation_algorithm": "dbscan"}
    assert [one.passes_gate(settings) for one in tried] == [False, True]
    assert choose(tried, settings) == (
        1,
        [
            "More than a tenth of the clients have no cluster",
            "Chosen: of those within .02 of the best silhouette that pass the gate, "
            "the count nearest to the four segments",
        ],
    )


def test_where_what_was_asked_for_finds_no_clusters_k_means_does():
    tried = [candidate("kmeans", 3, 0.6, ari=0.5), candidate("hierarchical", 3, 0.6)]
    chosen, _ = choose(tried, SETTINGS | {"segmentation_algorithm": "dbscan"})
    assert chosen == 0


@pytest.mark.parametrize("algorithm", ["kmeans", "hierarchical"])
def test_groups_far_apart_are_the_best_count(algorithm):
    rows = fitted({FIRST: crowd(4)}, segmentation_algorithm=algorithm)[FIRST]
    assert measure(rows, "silhouette")[algorithm].idxmax() == 4
    assert measure(rows, "smallest_jaccard")[algorithm][4] == 1
    assert measure(rows, "smallest_share")[algorithm][4] == 0.25
    assert measure(rows, "prediction_strength")[algorithm][4] == 1
    assert measure(rows, "inertia")[algorithm].is_monotonic_decreasing
    assert measure(rows, "bootstrap_ari_low")[algorithm][4] == 1
    assert status(rows) == "adopted"


def test_dbscan_finds_the_groups_and_leaves_a_stray_client_out():
    points = np.array([*crowd(3, 30).values(), (0.5, 5.0)])
    labels = labels_of("dbscan", points, neighbor_distance(points), SETTINGS)
    assert labels.tolist() == [0] * 30 + [1] * 30 + [2] * 30 + [-1]


def test_ward_merges_many_clients_by_way_of_small_clusters():
    points = np.array([*crowd(4, 50).values()])
    many = labels_of("hierarchical", points, 4, SETTINGS | {"ward_limit": 20})
    groups = np.repeat(range(4), 50)
    assert len({*zip(many, groups, strict=True)}) == 4


def test_the_neighbor_distance_is_the_knee_of_the_curve():
    near = np.arange(50.0)[:, None] / 100
    far = np.array([[10.0], [20.0]])
    assert 0 < neighbor_distance(np.vstack([near, far])) < 1


def test_jaccard_is_the_part_of_a_cluster_that_another_holds():
    labels, others = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, 0])
    assert jaccards(labels, others).tolist() == [2 / 3, 2 / 3]


def test_limits_are_the_second_and_the_last_but_second_percentile():
    values = pd.DataFrame({"f": [*range(101), np.nan], "same": 7.0})
    limits = limits_of(values, pd.Series({"f": 0.5, "same": 1.0}))
    assert limits.loc["f"].tolist() == [2, 50, 98, 0.5]
    points = scaled(values, limits)
    assert points["f"].iloc[[0, 50, 100, 101]].tolist() == [0, 0.25, 0.5, 0.25]
    assert points["same"].eq(0).all()


def test_clusters_of_the_first_version_are_numbered_from_promptest():
    rows = fitted({FIRST: crowd(4)})[FIRST]
    numbers = centers(rows)
    assert sorted(numbers) == [1, 2, 3, 4]
    assert [numbers[i] for i in (1, 2, 3, 4)] == sorted(numbers.values())
    assert numbers[1] < 0.1 < 0.9 < numbers[4]


def test_a_fit_starts_from_the_centers_in_force_feature_by_feature():
    clients = {"a": (0.0, 1.0), "b": (10.0, 1.2), "c": (20.0, 0.5)}
    model = model_of(fitted({FIRST: clients | {"d": (30.0, 0.7)}})[FIRST])
    model = model._replace(status="adopted")
    order = [RANKED_BY, OTHER]
    assert [*model.centers.columns] != order
    start = start_of(model, model.limits.loc[order])
    assert start == pytest.approx(model.centers[order].to_numpy())


def test_a_cluster_keeps_its_number_when_all_move():
    """Every client slips by one group's distance but the scale stays: what was
    promptest has its clients still, and so its number."""
    labels, old = np.array([0, 0, 1, 1, 2, 2]), np.array([3, 3, 1, 1, 2, 2])
    assert aligned(labels, 3, old, [1, 2, 3]) == [3, 1, 2]


def test_a_cluster_that_is_new_has_a_number_never_used():
    labels, old = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 1, 2, 2, 2, 2])
    ids = aligned(labels, 3, old, [1, 2], used=4)
    assert ids[0] == 1
    assert {*ids[1:]} == {2, 5}


@pytest.mark.parametrize(("most", "verdict"), [(0.25, "adopted"), (0.24, "refused")])
def test_a_fit_that_moves_too_much_of_the_receivables_is_refused(most, verdict):
    """The model in force has two of the four groups in one cluster: the fit takes one
    of them out, a quarter of the clients."""
    clients = pd.DataFrame([*crowd(4).values()], columns=[RANKED_BY, OTHER])
    clients = clients.sort_values(RANKED_BY, ignore_index=True)
    weights = pd.Series(1.0, clients.columns)
    limits = limits_of(clients, weights)
    old = pd.DataFrame([[0.15] * 2, [0.7] * 2, [1.0] * 2, [9.0] * 2], [1, 2, 3, 4])
    old.columns = clients.columns
    in_force = Model("kmeans", limits, old, "adopted", FIRST)
    rows = fit_version(
        SECOND,
        clients.assign(client_id="c", owed_amount=1.0, data_from="2023-12-31"),
        weights,
        in_force,
        SETTINGS | {"segmentation_max_moved_share": most},
    )
    assert fact(rows, "moved_share") == 0.25
    assert status(rows) == verdict


def test_a_fit_that_fails_the_gate_does_not_replace_the_one_in_force():
    noise = np.random.default_rng(5).random((80, 2))
    scattered = dict(zip(crowd(4), map(tuple, noise), strict=True))
    versions = fitted(
        {FIRST: crowd(4), SECOND: scattered, THIRD: crowd(4)},
        segmentation_min_jaccard=0.95,
    )
    assert [status(versions[day]) for day in (FIRST, SECOND, THIRD)] == [
        "adopted",
        "refused",
        "adopted",
    ]
    assert fact(versions[THIRD], "lineage", "note") == FIRST


def test_a_young_ledger_has_a_provisional_version():
    versions = fitted({FIRST: crowd(4), SECOND: crowd(4)}, data_from="2024-03-31")
    assert status(versions[FIRST]) == "provisional"
    assert status(versions[SECOND]) == "adopted"
    assert fact(versions[SECOND], "lineage", "note") == SECOND


def test_a_version_that_is_kept_is_not_fitted_again():
    first = fitted({FIRST: crowd(4)})[FIRST]
    skewed = {name: (x**4, y) for name, (x, y) in crowd(4).items()}
    versions = fitted({FIRST: skewed, SECOND: skewed}, kept=first)
    assert [*versions] == [FIRST, SECOND]
    pd.testing.assert_frame_equal(
        versions[FIRST].reset_index(drop=True), first.reset_index(drop=True)
    )


@pytest.mark.parametrize("algorithm", ["kmeans", "hierarchical", "dbscan"])
def test_a_chain_built_in_steps_equals_one_built_at_once(algorithm):
    """Also in what each version was compared with; the record has only versions."""
    days = {FIRST: crowd(4), SECOND: crowd(3), THIRD: crowd(3)}
    settings = SETTINGS | {"segmentation_algorithm": algorithm}
    kept = NOTHING
    for count in (1, 2, 3):
        some = training(dict([*days.items()][:count]))
        chain = fit_versions(some, kept, settings)
        kept = chain[chain["fit_date"].notna()]
    pd.testing.assert_frame_equal(
        chain, fit_versions(training(days), NOTHING, settings), check_exact=True
    )
    tried = measure(chain[chain["model_version"] == THIRD], "is_chosen")
    assert tried.eq(1).sum() == 1
    assert {*tried.index.unique("algorithm")} == {"kmeans", "hierarchical", "dbscan"}


def test_a_provisional_version_is_fitted_again_when_its_clients_change():
    first = fitted({FIRST: crowd(4)}, data_from="2024-06-30")
    assert [*fitted({FIRST: crowd(4)}, first[FIRST], data_from="2024-06-30")] == [FIRST]
    skewed = {name: (x**4, y) for name, (x, y) in crowd(4).items()}
    again = fitted({FIRST: skewed}, first[FIRST], data_from="2024-06-30")
    assert [*again] == [f"{FIRST}.2"]


def test_other_settings_features_or_ledgers_make_another_version():
    first = fitted({FIRST: crowd(4)})[FIRST]
    again = fitted({FIRST: crowd(4)}, kept=first, segmentation_min_share=0.04)
    assert [*again] == [f"{FIRST}.2"]
    others = {"is_logged": True, "weight": 0.5, "first_client_id": "of another ledger"}
    for column, value in others.items():
        rows = training({FIRST: crowd(4)}).assign(**{column: value})
        again = fit_versions(rows, first, SETTINGS)
        assert {*again["model_version"]} == {f"{FIRST}.2"}


def test_a_forced_fit_that_is_refused_leaves_the_one_of_its_day_in_force():
    noise = np.random.default_rng(5).random((80, 2))
    scattered = dict(zip(crowd(4), map(tuple, noise), strict=True))
    most = {"segmentation_min_jaccard": 0.95}
    first = fitted({FIRST: crowd(4), SECOND: crowd(4)}, **most)
    kept = pd.concat(first.values())
    days = {FIRST: crowd(4), SECOND: scattered}
    forced = fitted(days, kept, segmentation_retrain="forced", **most)
    assert {name: status(rows) for name, rows in forced.items()} == {
        FIRST: "adopted",
        SECOND: "adopted",
        f"{SECOND}.2": "refused",
    }
    kept = pd.concat([kept, forced[f"{SECOND}.2"]])
    again = fitted(days | {THIRD: crowd(4)}, kept, **most)
    assert [*again] == [FIRST, SECOND, THIRD]
    assert fact(again[THIRD], "lineage", "note") == FIRST


def test_without_a_history_there_is_one_version_a_quarter():
    def alone(day, kept=NOTHING):
        rows = training({day: crowd(4)}).assign(is_quarter_end=False)
        return fit_versions(rows, kept, SETTINGS)

    first = alone("2025-02-14")
    assert {*first["model_version"]} == {"2025-02-14"}
    assert {*alone("2025-03-15", first)["model_version"]} == {"2025-02-14"}
    later = alone("2025-04-15", first)
    assert {*later["model_version"]} == {"2025-02-14", "2025-04-15"}


def test_never_keeps_the_version_that_was_adopted():
    versions = fitted({FIRST: crowd(4), SECOND: crowd(3)}, segmentation_retrain="never")
    assert [*versions] == [FIRST]


@pytest.mark.parametrize("retrain", ["quarterly", "forced"])
def test_the_as_of_date_is_fitted_where_there_is_no_quarter_end_or_it_is_forced(
    retrain,
):
    rows = training({FIRST: crowd(4), "2025-02-15": crowd(4)})
    rows["is_quarter_end"] = rows["as_of_date"] == FIRST
    settings = SETTINGS | {"segmentation_retrain": retrain}
    versions = {*fit_versions(rows, NOTHING, settings)["model_version"]}
    assert versions == ({FIRST} if retrain == "quarterly" else {FIRST, "2025-02-15"})
    alone = rows[rows["as_of_date"] != FIRST]
    assert {*fit_versions(alone, NOTHING, SETTINGS)["model_version"]} == {"2025-02-15"}


def test_neither_row_order_nor_client_ids_move_a_center():
    clients = crowd(3)
    renamed = {f"x{99 - i}": pair for i, pair in enumerate(clients.values())}
    shuffled = training({FIRST: renamed}).sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        fit_versions(training({FIRST: clients}), NOTHING, SETTINGS),
        fit_versions(shuffled, NOTHING, SETTINGS),
        check_exact=True,
    )


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
def test_fewer_clients_than_clusters_give_fewer_clusters(count):
    few = dict(zip("abcde", [(0, 0), (1, 1), (2, 1), (3, 0), (4, 5)], strict=True))
    few = dict([*few.items()][:count])
    table = fit_versions(training({FIRST: few}), NOTHING, SETTINGS)
    assert [*table.columns] == COLUMNS
    found = table.loc[table["measure"] == "center", "cluster_id"]
    assert found.nunique() == min(count, 4)


def shape_inputs(points) -> pd.DataFrame:
    """Points as segmentation_inputs has them."""
    return pd.DataFrame(
        [
            {"client_id": str(i), "feature": feature, "scaled_value": value}
            for i, point in enumerate(points)
            for feature, value in zip("fgh", point, strict=False)
        ],
        columns=["client_id", "feature", "scaled_value"],
    )


def test_the_first_component_is_the_line_on_which_clients_lie():
    table = components_of(shape_inputs([(0, 0), (3, -4), (6, -8)]))
    first = table[table["component"] == 1].set_index("feature")
    assert first["loading"].to_dict() == pytest.approx({"f": -0.6, "g": 0.8})
    assert first["mean_value"].to_dict() == {"f": 3, "g": -4}
    assert first["explained_share"].iloc[0] == pytest.approx(1)


def test_merges_are_drawn_from_the_lowest_up():
    table = merges_of(shape_inputs([(0, 0), (0, 1), (9, 0), (9, 2)]), 300)
    assert table["leaf_count"].tolist() == [2, 2, 4]
    assert table["height"].round(2).tolist()[:2] == [1, 2]
    top = table.iloc[-1]
    assert sorted([top["left_height"], top["right_height"]]) == [1, 2]
    assert merges_of(shape_inputs([(0, 0)]), 300).empty
    alike = merges_of(shape_inputs([(1, 1)] * 25), 300)
    assert alike["leaf_count"].iloc[-1] == 25
    assert alike["height"].eq(0).all()
    assert (
        len(merges_of(shape_inputs(np.random.default_rng(1).random((50, 2))), 9)) == 8
    )


def test_a_cluster_that_thinning_misses_is_measured_by_its_first():
    labels = np.repeat([0, 2], [60, 140])
    assert measured_places(labels[labels == 0], 3).tolist() == [0, 30, 59]
    labels[10:13], labels[20] = 1, -1
    assert measured_places(labels, 5).tolist() == [0, 10, 50, 100, 149, 199]
