"""Fit clusterings of the clients, quarter by quarter, and say which is in force.

K-Means and hierarchical (Ward) with two to seven clusters, and DBSCAN. Each
quarter-end has a model version of its own: started from the one in force, with
its cluster numbers, and refused where it fails the gate or moves too much.
segmentation_versions keeps what was fitted; SQL scores every client with it.
"""

import json
import zlib
from datetime import date
from importlib.metadata import version as installed_version
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn import config_context
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_samples,
)
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

CLUSTER_COUNTS = range(2, 8)
PLAYBOOK_SEGMENTS = 4
EQUAL_SILHOUETTES = 0.02
MOST_NOISE = 0.1
NOISE = -1
DIGITS = 9
PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy")
RANKED_BY = "shrunk_avg_days_late"
LIMITS = ["lower_limit", "typical_value", "upper_limit", "weight"]
COLUMNS = [
    "model_version",
    "fit_date",
    "algorithm",
    "cluster_count",
    "cluster_id",
    "feature",
    "measure",
    "value",
    "note",
]
SCHEMA = (
    "model_version string, fit_date string, algorithm string, cluster_count int, "
    "cluster_id int, feature string, measure string, value double, note string"
)


class Model(NamedTuple):
    """A clustering that scores clients: limits by feature, centers by cluster."""

    algorithm: str
    limits: pd.DataFrame
    centers: pd.DataFrame
    status: str
    lineage: str


class Candidate(NamedTuple):
    """A clustering of the clients of one day, and what it is worth."""

    algorithm: str
    labels: np.ndarray
    centers: np.ndarray
    overall: dict
    by_cluster: dict

    @property
    def count(self) -> int:
        """Its clusters."""
        return len(self.centers)

    def is_useful(self) -> bool:
        """Whether a playbook can do something with so many clusters."""
        return self.count > 2

    def is_large_enough(self, settings) -> bool:
        """Whether its smallest cluster has the share of clients asked for."""
        share = self.overall.get("smallest_share", 0)
        return share >= settings["segmentation_min_share"]

    def passes_gate(self, settings) -> bool:
        """Whether its clusters are large enough and hold, and few clients have none."""
        jaccard = self.overall.get("smallest_jaccard", np.nan)
        holds = jaccard >= settings["segmentation_min_jaccard"]
        is_complete = self.overall.get("noise_share", 1) <= MOST_NOISE
        return bool(holds and is_complete and self.is_large_enough(settings))


def limits_of(values: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """The range of each feature that scaling maps to 0..weight, and the median
    that stands in for a missing value; one row a feature."""
    quantiles = values.quantile([0.02, 0.5, 0.98]).T.fillna(0.0)
    quantiles.columns = LIMITS[:3]
    return quantiles.round(DIGITS).assign(weight=weights)


def scaled(values: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """Values held to the limits, on the scale of segmentation_inputs."""
    lower, upper = limits["lower_limit"], limits["upper_limit"]
    held = values.fillna(limits["typical_value"]).clip(lower, upper, axis=1)
    width = (upper - lower).where(upper > lower)
    return ((held - lower) / width * limits["weight"]).fillna(0.0).round(DIGITS)


def thinned(count: int, limit: int) -> np.ndarray:
    """Places of at most `limit` of so many points in order, evenly spaced."""
    return np.linspace(0, count - 1, min(limit, count)).round().astype(int)


def measured_places(labels: np.ndarray, limit: int) -> np.ndarray:
    """Places of `thinned`, and the first of each cluster that has none of them."""
    sample = thinned(len(labels), limit)
    missed = [c for c in np.setdiff1d(labels, labels[sample]) if c != NOISE]
    return np.union1d(sample, [np.argmax(labels == c) for c in missed]).astype(int)


def neighbor_distance(points: np.ndarray) -> float:
    """DBSCAN's eps: the knee of the sorted distances to the nth neighbor.

    n is twice the number of features; the knee is the point farthest below the
    line from the first distance to the last.
    """
    neighbors = min(2 * points.shape[1], len(points) - 1)
    found = NearestNeighbors(n_neighbors=neighbors + 1).fit(points)
    curve = np.sort(found.kneighbors(points)[0][:, -1])
    line = np.linspace(curve[0], curve[-1], len(curve))
    return float(max(curve[np.argmax(line - curve)], 1e-9))


def ward_labels(points: np.ndarray, count: int, settings, seed: int) -> np.ndarray:
    """Ward's clusters; of many points by way of the centers of small clusters."""
    ward = AgglomerativeClustering(count, linkage="ward")
    if len(points) <= settings["ward_limit"]:
        return ward.fit_predict(points)
    small = KMeans(settings["ward_limit"], n_init=1, random_state=seed).fit(points)
    return ward.fit_predict(small.cluster_centers_)[small.labels_]


def labels_of(algorithm, points, size, settings, seed=None, start=None) -> np.ndarray:
    """A cluster for every point, from 0; NOISE where DBSCAN finds none.

    `size` is the number of clusters, for DBSCAN the neighbor distance; `start`
    the centers that K-Means starts from.
    """
    seed = settings["random_seed"] if seed is None else seed
    if algorithm == "kmeans" and start is not None:
        labels = KMeans(len(start), init=start, n_init=1).fit_predict(points)
    elif algorithm == "kmeans":
        labels = KMeans(int(size), n_init=4, random_state=seed).fit_predict(points)
    elif algorithm == "hierarchical":
        labels = ward_labels(points, int(size), settings, seed)
    else:
        labels = DBSCAN(eps=size, min_samples=2 * points.shape[1]).fit_predict(points)
    # points that are alike may leave a number out
    kept = labels != NOISE
    labels[kept] = np.unique(labels[kept], return_inverse=True)[1]
    return labels


def centers_of(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean of each cluster's points."""
    return np.array([points[labels == i].mean(axis=0) for i in range(labels.max() + 1)])


def nearest(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The nearest center of every point."""
    return ((points[:, None, :] - centers) ** 2).sum(axis=2).argmin(axis=1)


def jaccards(labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How much of each cluster some other cluster holds (Hennig 2007), 0 to 1."""
    return np.array(
        [
            max(
                (mine & (others == j)).sum() / (mine | (others == j)).sum()
                for j in np.unique(others)
            )
            for mine in (labels == i for i in range(labels.max() + 1))
        ]
    )


def stability(algorithm, points, labels, size, settings, refits) -> tuple:
    """Refits on bootstrap samples against the fit on all points: the adjusted
    Rand index of each, and each cluster's mean Jaccard."""
    draws = np.random.default_rng(settings["random_seed"])
    agreements, overlaps = [], []
    kept = labels != NOISE
    for refit in range(refits):
        drawn = points[draws.integers(0, len(points), len(points))]
        found = labels_of(algorithm, drawn, size, settings, refit)
        if found.max() >= 0:
            again = nearest(points, centers_of(drawn, found))
            agreements.append(adjusted_rand_score(labels[kept], again[kept]))
            overlaps.append(jaccards(labels[kept], again[kept]))
    if not agreements:
        return np.array([np.nan]), np.full(labels.max() + 1, np.nan)
    return np.array(agreements), np.mean(overlaps, axis=0)


def prediction_strength(algorithm, points, size, settings) -> float:
    """The share of pairs in a half's worst cluster that the other half's fit
    keeps together (Tibshirani and Walther 2005), 0 to 1."""
    order = np.random.default_rng(settings["random_seed"]).permutation(len(points))
    first, second = points[order[::2]], points[order[1::2]]
    there = labels_of(algorithm, first, size, settings)
    here = labels_of(algorithm, second, size, settings)
    if min(there.max(), here.max()) < 0:
        return np.nan
    told = nearest(second, centers_of(first, there))
    strengths = []
    for cluster in range(here.max() + 1):
        counts = np.bincount(told[here == cluster])
        pairs = counts.sum() * (counts.sum() - 1)
        if pairs:
            strengths.append((counts * (counts - 1)).sum() / pairs)
    return min(strengths, default=np.nan)


def null_silhouette(algorithm, points, size, settings) -> float:
    """The silhouette where every column is shuffled: of no clusters at all."""
    draws = np.random.default_rng(settings["random_seed"])
    shuffled = draws.permuted(points, axis=0)
    labels = labels_of(algorithm, shuffled, size, settings)
    kept = labels != NOISE
    if labels.max() < 1:
        return np.nan
    return silhouette_samples(shuffled[kept], labels[kept]).mean()


def measures_of(algorithm, points, labels, size, settings) -> tuple[dict, dict]:
    """Measures of a clustering, and of each of its clusters, by name; at most
    evaluation_limit points are measured."""
    sample = measured_places(labels, settings["evaluation_limit"])
    points, labels = points[sample], labels[sample]
    kept = labels != NOISE
    overall = {"noise_share": 1 - kept.mean()}
    if labels.max() < 1:
        return overall, {}
    inside, members = points[kept], labels[kept]
    sizes = np.bincount(members) / len(points)
    widths = pd.Series(silhouette_samples(inside, members))
    by_cluster = widths.groupby(members).mean()
    agreements, overlaps = stability(
        algorithm, points, labels, size, settings, settings["bootstrap_refits"]
    )
    low, high = np.quantile(agreements, [0.05, 0.95])
    overall |= {
        "silhouette": widths.mean(),
        "smallest_silhouette": by_cluster.min(),
        "null_silhouette": null_silhouette(algorithm, points, size, settings),
        "inertia": ((inside - centers_of(points, labels)[members]) ** 2).sum(),
        "davies_bouldin": davies_bouldin_score(inside, members),
        "calinski_harabasz": calinski_harabasz_score(inside, members),
        "smallest_share": sizes.min(),
        "bootstrap_ari": agreements.mean(),
        "bootstrap_ari_low": low,
        "bootstrap_ari_high": high,
        "smallest_jaccard": overlaps.min(),
        "prediction_strength": prediction_strength(algorithm, points, size, settings),
    }
    return overall, {"share": sizes, "silhouette": by_cluster, "jaccard": overlaps}


def candidate_of(algorithm, points, size, settings, start=None) -> Candidate | None:
    """One clustering with its measures, or none where DBSCAN finds no cluster.

    Clusters are in order from promptest, or in that of `start`.
    """
    labels = labels_of(algorithm, points, size, settings, start=start)
    if labels.max() < 0:
        return None
    centers = centers_of(points, labels)
    if start is None:
        order = np.lexsort(centers.T[::-1])
        labels = np.where(labels == NOISE, NOISE, np.argsort(order)[labels])
        centers = centers[order]
    overall, by_cluster = {}, {}
    if is_measurable(points):
        overall, by_cluster = measures_of(algorithm, points, labels, size, settings)
    if algorithm == "dbscan":
        overall["neighbor_distance"] = size
    return Candidate(algorithm, labels, centers, overall, by_cluster)


def is_measurable(points: np.ndarray) -> bool:
    """Whether there are three different clients for each of seven clusters."""
    return len(np.unique(points, axis=0)) >= 3 * max(CLUSTER_COUNTS)


def candidates_of(points, settings, in_force=None, is_sweep=False) -> list[Candidate]:
    """The clusterings to choose from: those of the algorithm asked for, or in a
    sweep all of them.

    `in_force`: the K-Means centers in force, on this day's scale. A fit that starts
    from them takes the place of the one of its count if it passes the gate; unless
    in a sweep, it is the only one then.
    """
    if not is_measurable(points):
        distinct = len(np.unique(points, axis=0))
        count = min(PLAYBOOK_SEGMENTS, distinct)
        return [candidate_of("kmeans", points, count, settings)]
    found = []
    if in_force is not None and settings["segmentation_algorithm"] == "kmeans":
        again = candidate_of("kmeans", points, len(in_force), settings, in_force)
        found = [again] if again.passes_gate(settings) else []
    if found and not is_sweep:
        return found
    sizes = [
        (algorithm, count)
        for algorithm in ("kmeans", "hierarchical")
        for count in CLUSTER_COUNTS
        if not found or (algorithm, count) != ("kmeans", found[0].count)
    ]
    sizes.append(("dbscan", neighbor_distance(points)))
    asked_for = {"kmeans", settings["segmentation_algorithm"]}
    found += [
        candidate_of(algorithm, points, size, settings)
        for algorithm, size in sizes
        if is_sweep or algorithm in asked_for
    ]
    return [candidate for candidate in found if candidate is not None]


class Shortlists(NamedTuple):
    """Places of candidates: useful to a playbook; of these, of the algorithm asked
    for; that pass the gate; with the count in force; and equal to the best."""

    useful: list
    wanted: list
    sound: list
    kept: list
    equal: list


def shortlists_of(candidates, settings, kept_count) -> Shortlists:
    """Which candidates could be chosen, ever more narrowly."""
    asked = settings["segmentation_algorithm"]
    useful = [i for i, candidate in enumerate(candidates) if candidate.is_useful()]
    wanted = [i for i in useful if candidates[i].algorithm == asked]
    sound = [i for i in wanted if candidates[i].passes_gate(settings)]
    kept = [i for i in sound if candidates[i].count == kept_count]
    widths = {i: candidates[i].overall["silhouette"] for i in sound}
    best = max(widths.values(), default=0)
    equal = [i for i in sound if widths[i] >= best - EQUAL_SILHOUETTES]
    return Shortlists(useful, wanted, sound, kept, equal)


def pick(candidates, lists) -> tuple[int, str]:
    """The candidate to use, and why."""

    def steadiness(i):
        agreement = candidates[i].overall.get("bootstrap_ari", -1)
        return candidates[i].algorithm == "kmeans", agreement, -candidates[i].count

    def remoteness(i):
        return abs(candidates[i].count - PLAYBOOK_SEGMENTS), candidates[i].count

    if len(candidates) == 1 and not candidates[0].overall:
        return 0, "so few clients allow no other"
    if lists.kept:
        return lists.kept[0], "the count in force, which passes the gate still"
    if lists.equal:
        return min(lists.equal, key=remoteness), (
            "of those within .02 of the best silhouette that pass the gate, "
            "the count nearest to the four segments"
        )
    if lists.wanted:
        most_stable = max(lists.wanted, key=steadiness)
        return most_stable, "none passes the gate, this is the most stable one"
    places = lists.useful or range(len(candidates))
    return max(places, key=steadiness), "what was asked for finds no useful clusters"


def reason_against(i, candidates, lists, settings) -> str:
    """Why a candidate is not used."""
    if candidates[i].algorithm != settings["segmentation_algorithm"]:
        return "Not asked for (var segmentation_algorithm)"
    if i not in lists.useful:
        return "Fewer than three clusters serve no playbook"
    if not candidates[i].is_large_enough(settings):
        return "A cluster has too few clients (var segmentation_min_share)"
    if candidates[i].overall.get("noise_share", 1) > MOST_NOISE:
        return "More than a tenth of the clients have no cluster"
    if i not in lists.sound:
        return (
            "A cluster dissolves when clients are drawn again "
            "(var segmentation_min_jaccard)"
        )
    if lists.kept:
        return "Passes, and would change the count in force"
    if i in lists.equal:
        return "As good, but farther from the four segments"
    return "Silhouette more than .02 below the best"


def choose(candidates, settings, kept_count=None) -> tuple[int, list[str]]:
    """Which candidate is used, and for each the reason why or why not.

    The count in force (`kept_count`) while it passes the gate; else, of those
    within .02 of the best silhouette that pass, the count nearest to four; else
    the most stable one.
    """
    lists = shortlists_of(candidates, settings, kept_count)
    chosen, why = pick(candidates, lists)
    reasons = [
        f"Chosen: {why}"
        if i == chosen
        else reason_against(i, candidates, lists, settings)
        for i in range(len(candidates))
    ]
    return chosen, reasons


def aligned(labels, count, old_labels, old_ids, used=0) -> list[int]:
    """The number of each cluster: that of the old cluster with which it shares most
    clients (Hungarian assignment), or one above all that were `used`."""
    shared = np.array(
        [[(old_labels[labels == i] == j).sum() for j in old_ids] for i in range(count)]
    )
    rows, columns = linear_sum_assignment(-shared)
    ids = {row: old_ids[column] for row, column in zip(rows, columns, strict=True)}
    first = max(*old_ids, used) + 1
    fresh = iter(range(first, first + count))
    return [ids[i] if i in ids else next(fresh) for i in range(count)]


def verdict(candidate, moved, months, in_force, settings) -> tuple[str, str]:
    """adopted, provisional or refused, and why."""
    passes = candidate.passes_gate(settings)
    if in_force is None or in_force.status == "provisional":
        if not passes:
            return "provisional", "It fails the gate, and there is none in force"
        if months < settings["segmentation_min_months"]:
            return "provisional", "The ledger is too young for behavior to be settled"
        return "adopted", "It passes the gate, and there was none in force"
    if not passes:
        return "refused", "It fails the gate; the one in force stays"
    if moved > settings["segmentation_max_moved_share"]:
        return "refused", "It would move too much of the receivables"
    return "adopted", "It passes the gate and moves little"


def previous_labels(values, in_force) -> np.ndarray:
    """The cluster that the model in force gives each client of `values`."""
    points = scaled(values, in_force.limits).to_numpy()
    ids = in_force.centers.index.to_numpy()
    return ids[nearest(points, in_force.centers.to_numpy())]


def start_of(in_force, limits) -> np.ndarray | None:
    """The centers of a K-Means in force on another day's scale."""
    if in_force is None or in_force.status == "provisional":
        return None
    if in_force.algorithm != "kmeans":
        return None
    old = in_force.limits
    width = old["upper_limit"] - old["lower_limit"]
    values = old["lower_limit"] + in_force.centers / old["weight"] * width
    # pandas may sort the features; points have them in the order of the limits
    return scaled(values, limits)[limits.index].to_numpy()


def radii_of(points, candidate) -> list[float]:
    """How far from its center a member of each cluster may stand."""
    inside = candidate.labels != NOISE
    distances = np.linalg.norm(points - candidate.centers[candidate.labels], axis=1)
    members = pd.Series(distances[inside]).groupby(candidate.labels[inside])
    if candidate.algorithm == "dbscan":
        return members.max().tolist()
    return (members.mean() + 3 * members.std(ddof=0)).tolist()


def candidate_rows(candidate, ids, reason, is_chosen, passes) -> list[dict]:
    """Measures of a clustering and of its clusters, numbered `ids`."""
    table = {"algorithm": candidate.algorithm, "cluster_count": candidate.count}
    measures = [
        {"measure": name, "value": value} for name, value in candidate.overall.items()
    ]
    measures += [
        {"measure": "passes_gate", "value": float(passes)},
        {"measure": "is_chosen", "value": float(is_chosen), "note": reason},
    ]
    for name, values in candidate.by_cluster.items():
        measures += [
            {"measure": name, "cluster_id": cluster, "value": value}
            for cluster, value in zip(ids, values, strict=True)
        ]
    return [table | measure for measure in measures]


def model_rows(limits, centers) -> list[dict]:
    """What scoring needs: limits by feature, centers by cluster and feature."""
    rows = [
        {"measure": name, "feature": feature, "value": value}
        for name, values in limits.items()
        for feature, value in values.items()
    ]
    rows += [
        {"measure": "center", "cluster_id": cluster, "feature": feature, "value": value}
        for cluster, center in centers.iterrows()
        for feature, value in center.items()
    ]
    return rows


def fact(rows: pd.DataFrame, measure: str, column="value"):
    """What a version's rows say of the whole version."""
    is_it = rows["measure"].eq(measure) & rows["cluster_count"].isna()
    return rows.loc[is_it, column].iloc[0]


def model_of(rows: pd.DataFrame) -> Model:
    """The model that the rows of a version describe."""
    limits = rows[rows["measure"].isin(LIMITS)]
    centers = rows[rows["measure"] == "center"].astype({"cluster_id": int})
    return Model(
        fact(rows, "status", "algorithm"),
        limits.pivot(index="feature", columns="measure", values="value")[LIMITS],
        centers.pivot(index="cluster_id", columns="feature", values="value"),
        fact(rows, "status", "note"),
        fact(rows, "lineage", "note"),
    )


def fit_version(day, clients, weights, in_force, settings, used=0) -> pd.DataFrame:
    """One model version from the training clients of one day, as rows.

    clients: one row a client in a fixed order: client_id, the features,
    owed_amount, data_from. weights: of each feature. in_force: the Model before, if
    any. used: the highest number a cluster had so far. Returns COLUMNS, the first
    two empty.
    """
    values = clients[weights.index]
    limits = limits_of(values, weights)
    points = scaled(values, limits).to_numpy()
    start = start_of(in_force, limits)
    candidates = candidates_of(points, settings, start)
    place, reasons = choose(candidates, settings, None if start is None else len(start))
    chosen = candidates[place]
    ids, moved, lineage = [*range(1, chosen.count + 1)], np.nan, day
    if in_force is not None and in_force.status == "adopted":
        old_ids = [*in_force.centers.index]
        old = previous_labels(values, in_force)
        ids = aligned(chosen.labels, chosen.count, old, old_ids, used)
        moves = old != np.array(ids)[nearest(points, chosen.centers)]
        owed = clients["owed_amount"].to_numpy()
        moved = owed[moves].sum() / max(owed.sum(), 0.01)
        lineage = in_force.lineage if {*ids} == {*old_ids} else day
    data_from = clients["data_from"].min()
    days = (date.fromisoformat(day) - date.fromisoformat(data_from)).days
    status, why = verdict(chosen, moved, round(days / 30.4375), in_force, settings)
    facts = {
        "client_count": len(points),
        "moved_share": moved,
        "random_seed": settings["random_seed"],
        "clients": checksum(values),
    }
    notes = {
        "status": status,
        "reason": why,
        "lineage": lineage,
        "data_from": data_from,
        "packages": ", ".join(f"{name} {installed_version(name)}" for name in PACKAGES),
    }
    rows = [{"measure": name, "value": value} for name, value in facts.items()]
    rows += [{"measure": name, "note": note} for name, note in notes.items()]
    centers = pd.DataFrame(chosen.centers, ids, weights.index)
    rows += model_rows(limits, centers)
    rows += [
        {"measure": "radius", "cluster_id": cluster, "value": radius}
        for cluster, radius in zip(ids, radii_of(points, chosen), strict=True)
    ]
    rows += [
        {"measure": "noise", "note": client_id}
        for client_id in sorted(clients.loc[chosen.labels == NOISE, "client_id"])
    ]
    rows = [{"algorithm": chosen.algorithm, **row} for row in rows]
    for i, candidate in enumerate(candidates):
        numbers = ids if i == place else [*range(1, candidate.count + 1)]
        passes = candidate.passes_gate(settings)
        rows += candidate_rows(candidate, numbers, reasons[i], i == place, passes)
    return rounded(rows)


def rejected(version, clients, weights, before, settings) -> pd.DataFrame:
    """The clusterings that the fit of a version had no need to try, as rows.

    version: its rows; clients: those of its day; before: the Model before, if any.
    They have no fit_date, for no version rests on them: each build makes them anew
    for the last version, and the record does not keep them.
    """
    values = clients[weights.index]
    limits = limits_of(values, weights)
    start = start_of(before, limits)
    points = scaled(values, limits).to_numpy()
    candidates = candidates_of(points, settings, start, is_sweep=True)
    _, reasons = choose(candidates, settings, None if start is None else len(start))
    tried = {*zip(version["algorithm"], version["cluster_count"], strict=True)}
    rows = []
    for candidate, reason in zip(candidates, reasons, strict=True):
        if (candidate.algorithm, candidate.count) not in tried:
            numbers = [*range(1, candidate.count + 1)]
            passes = candidate.passes_gate(settings)
            rows += candidate_rows(candidate, numbers, reason, False, passes)
    return rounded(rows).assign(model_version=version["model_version"].iloc[0])


def rounded(rows: list[dict]) -> pd.DataFrame:
    """Rows as a table of COLUMNS, values to DIGITS places."""
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    return table.assign(value=table["value"].astype(float).round(DIGITS))


def checksum(table: pd.DataFrame) -> float:
    """A number that stands for the values of a table of numbers."""
    values = table.sort_index(axis=1).to_numpy(dtype=float).round(DIGITS)
    return float(zlib.crc32(np.ascontiguousarray(values).tobytes()))


def settings_mark(training, settings) -> float:
    """A number that stands for all that a fit depends on but its clients: settings,
    features, and the ledger, known by its first day and client."""
    lasting = {k: v for k, v in settings.items() if k != "segmentation_retrain"}
    given = ["feature", "weight", "is_logged", "data_from", "first_client_id"]
    rows = training[given].astype(str).drop_duplicates().sort_values("feature")
    return float(zlib.crc32(json.dumps([rows.to_numpy().tolist(), lasting]).encode()))


def stored_versions(kept, mark) -> dict[str, pd.DataFrame]:
    """Rows of the latest version of each day that was fitted with the settings that
    `mark` stands for; one that was refused only where there is no other."""
    versions = [rows for _, rows in kept.groupby("model_version")]
    versions = [rows for rows in versions if fact(rows, "settings") == mark]
    versions.sort(
        key=lambda rows: (status_of(rows) != "refused", fact(rows, "version_number"))
    )
    return {rows["fit_date"].iloc[0]: rows for rows in versions}


def clients_by_day(training, features) -> dict[str, pd.DataFrame]:
    """The training clients of each day, sorted by value: neither the order of rows
    nor ids may move a center."""
    keys = ["client_id", "owed_amount", "data_from"]
    days = {}
    for day, rows in training.groupby("as_of_date"):
        clients = rows.pivot(index=keys, columns="feature", values="feature_value")
        clients = clients.astype(float).reset_index()
        days[day] = clients.sort_values([*features, "owed_amount"])
    return days


def days_to_fit(training, stored, settings) -> list[str]:
    """Quarter-ends; the as-of date where a fit is forced, or where there is no
    quarter-end and none was adopted since the last; and days on which an earlier
    build has adopted a version."""
    adopted = {day for day in stored if status_of(stored[day]) == "adopted"}
    days = {*training.loc[training["is_quarter_end"], "as_of_date"]}
    last = training["as_of_date"].max() if len(training) else ""
    is_due = not days and not any(day >= quarter_begin(last) for day in adopted)
    if last and (is_due or settings["segmentation_retrain"] == "forced"):
        days |= {last}
    return sorted(days | adopted)


def quarter_begin(day) -> str:
    """The last day of the quarter before, ISO text; of no day, no day."""
    if not day:
        return ""
    return str((pd.Period(day, "Q").start_time - pd.Timedelta(days=1)).date())


def status_of(rows) -> str:
    """adopted, provisional or refused."""
    return fact(rows, "status", "note")


def is_to_be_kept(rows, clients, is_forced) -> bool:
    """Whether a stored version stays as it was fitted: a provisional one, and one
    that is forced, only as long as its clients are the same."""
    if rows is None:
        return False
    if clients is None:
        return True
    if fact(rows, "clients") == checksum(clients[model_of(rows).limits.index]):
        return True
    return status_of(rows) != "provisional" and not is_forced


def fit_versions(training, kept, settings) -> pd.DataFrame:
    """The chain of model versions up to the as-of date, oldest first.

    training: one row a day, training client and feature: as_of_date (ISO text),
    is_quarter_end, client_id, feature, weight, is_logged, feature_value,
    owed_amount, data_from (ISO text), first_client_id. kept: rows that earlier
    builds have written. Returns COLUMNS, one row a measure: of the version
    (cluster_count null), of a clustering that was tried, or of a cluster.
    """
    features = training.drop_duplicates("feature").set_index("feature")
    order = sorted(features.index, key=lambda name: (name != RANKED_BY, name))
    weights = features.loc[order, "weight"].astype(float)
    mark = settings_mark(training, settings)
    stored = stored_versions(kept, mark)
    clients = clients_by_day(training, order)
    days = days_to_fit(training, stored, settings)
    retrain = settings["segmentation_retrain"]
    chain, in_force, used = [pd.DataFrame(columns=COLUMNS)], None, 0
    last, before = None, None
    for day in days:
        old, is_forced = stored.get(day), day == days[-1] and retrain == "forced"
        is_settled = in_force is not None and in_force.status == "adopted"
        versions = [] if old is None else [old]
        if is_to_be_kept(old, clients.get(day), is_forced):
            pass
        elif is_settled and retrain == "never":
            continue
        else:
            rows = fit_version(day, clients[day], weights, in_force, settings, used)
            number = kept.loc[kept["fit_date"] == day, "model_version"].nunique() + 1
            rows = named(rows, day, number, mark)
            # a refused one stands beside the one it would have replaced
            stays = old is not None and status_of(rows) == "refused"
            versions = [*versions, rows] if stays else [rows]
        last, before = day, in_force
        for rows in versions:
            chain.append(rows)
            if status_of(rows) != "refused":
                in_force = model_of(rows)
                used = max(used, *in_force.centers.index)
    if last in clients:
        chain.append(rejected(chain[-1], clients[last], weights, before, settings))
    return typed(pd.concat(chain))


def named(rows, day, number, mark) -> pd.DataFrame:
    """A version's rows with its name, its day and the mark of its settings."""
    facts = {"settings": mark, "version_number": number}
    facts = pd.DataFrame({"measure": facts.keys(), "value": facts.values()})
    name = day if number == 1 else f"{day}.{number}"
    rows = pd.concat([rows, facts.reindex(columns=COLUMNS)])
    return rows.assign(model_version=name, fit_date=day)


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS with their types, without measures that do not exist."""
    types = dict.fromkeys(COLUMNS, "string")
    types |= {"cluster_count": "Int32", "cluster_id": "Int32", "value": "Float64"}
    table = table.dropna(subset=["value", "note"], how="all")
    return table[COLUMNS].astype(types).reset_index(drop=True)


def model(dbt, session):
    """Fit on the training clients, with the settings beside this file."""
    training = dbt.ref("segmentation_training")
    kept = dbt.ref("segmentation_versions_kept")
    on_spark = hasattr(session, "createDataFrame")
    training = training.toPandas() if on_spark else training.df()
    kept = kept.toPandas() if on_spark else kept.df()
    # a thousand small fits: looking at their parameters takes a tenth of the time
    with threadpool_limits(1), config_context(skip_parameter_validation=True):
        table = fit_versions(training, kept, dbt.config.get("meta"))
    if on_spark:
        table = table.astype(object).where(table.notna(), None)
        return session.createDataFrame(table, SCHEMA)
    return table
