"""Fit clusterings of the clients, and measure what each is worth.

K-Means and hierarchical (Ward) with two to seven clusters, and DBSCAN, on the
training clients. Nothing is chosen here: segmentation_quality reads the measures,
applies the gate and says why; segmentation_centroids takes the centers it chose.
"""

import numpy as np
import pandas as pd
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
NOISE = -1
DIGITS = 9
RANKED_BY = "shrunk_avg_days_late"
COLUMNS = ["algorithm", "cluster_count", "cluster_id", "feature", "measure", "value"]
SCHEMA = (
    "algorithm string, cluster_count int, cluster_id int, feature string, "
    "measure string, value double"
)


def training_points(inputs: pd.DataFrame) -> pd.DataFrame:
    """One row a client, one column a feature, sorted by value: neither the order
    of rows nor ids may move a center. The feature that ranks clusters is first."""
    clients = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    features = sorted(clients.columns, key=lambda name: (name != RANKED_BY, name))
    return clients[features].astype(float).sort_values(features)


def thinned(points: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` points, evenly spaced, so that every level is there."""
    kept = np.linspace(0, len(points) - 1, min(limit, len(points))).round()
    return points[kept.astype(int)]


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


def labels_of(algorithm: str, points: np.ndarray, size: float, seed: int) -> np.ndarray:
    """A cluster for every point, from 0; NOISE where DBSCAN finds none.

    `size` is the number of clusters, for DBSCAN the neighbor distance.
    """
    if algorithm == "kmeans":
        fit = KMeans(int(size), n_init=4, random_state=seed)
    elif algorithm == "hierarchical":
        fit = AgglomerativeClustering(int(size), linkage="ward")
    else:
        fit = DBSCAN(eps=size, min_samples=2 * points.shape[1])
    labels = fit.fit(points).labels_
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


def stability(algorithm, points, labels, size, seed, refits) -> tuple:
    """Refits on bootstrap samples against the fit on all points: the mean adjusted
    Rand index, and each cluster's mean Jaccard."""
    draws = np.random.default_rng(seed)
    agreements, overlaps = [], []
    kept = labels != NOISE
    for refit in range(refits):
        drawn = points[draws.integers(0, len(points), len(points))]
        found = labels_of(algorithm, drawn, size, refit)
        if found.max() >= 0:
            again = nearest(points, centers_of(drawn, found))
            agreements.append(adjusted_rand_score(labels[kept], again[kept]))
            overlaps.append(jaccards(labels[kept], again[kept]))
    if not agreements:
        return np.nan, np.full(labels.max() + 1, np.nan)
    return np.mean(agreements), np.mean(overlaps, axis=0)


def prediction_strength(algorithm, points, size, seed) -> float:
    """The share of pairs in a half's worst cluster that the other half's fit
    keeps together (Tibshirani and Walther 2005), 0 to 1."""
    order = np.random.default_rng(seed).permutation(len(points))
    first, second = points[order[::2]], points[order[1::2]]
    there = labels_of(algorithm, first, size, seed)
    here = labels_of(algorithm, second, size, seed)
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


def null_silhouette(algorithm, points, size, seed) -> float:
    """The silhouette where every column is shuffled: of no clusters at all."""
    shuffled = np.random.default_rng(seed).permuted(points, axis=0)
    labels = labels_of(algorithm, shuffled, size, seed)
    kept = labels != NOISE
    if labels.max() < 1:
        return np.nan
    return silhouette_samples(shuffled[kept], labels[kept]).mean()


def radius_of(distances: np.ndarray, algorithm: str) -> float:
    """How far from its center a member of a cluster may stand."""
    if algorithm == "dbscan":
        return distances.max()
    return distances.mean() + 3 * distances.std()


def measures_of(algorithm, points, labels, size, seed, refits) -> tuple[dict, dict]:
    """Measures of a clustering, and of each of its clusters, by name."""
    kept = labels != NOISE
    overall = {"noise_share": 1 - kept.mean()}
    sizes = np.bincount(labels[kept]) / len(points)
    if labels.max() < 1:
        return overall, {"share": sizes}
    inside, members = points[kept], labels[kept]
    centers = centers_of(points, labels)
    widths = pd.Series(silhouette_samples(inside, members))
    by_cluster = widths.groupby(members).mean()
    agreement, overlaps = stability(algorithm, points, labels, size, seed, refits)
    overall |= {
        "silhouette": widths.mean(),
        "smallest_silhouette": by_cluster.min(),
        "null_silhouette": null_silhouette(algorithm, points, size, seed),
        "inertia": ((inside - centers[members]) ** 2).sum(),
        "davies_bouldin": davies_bouldin_score(inside, members),
        "calinski_harabasz": calinski_harabasz_score(inside, members),
        "smallest_share": sizes.min(),
        "bootstrap_ari": agreement,
        "smallest_jaccard": overlaps.min(),
        "prediction_strength": prediction_strength(algorithm, points, size, seed),
    }
    return overall, {"share": sizes, "silhouette": by_cluster, "jaccard": overlaps}


def rows_of(algorithm, points, features, size, settings, is_measured) -> pd.DataFrame:
    """One candidate: its centers, numbered from promptest, and its measures."""
    seed = settings["random_seed"]
    labels = labels_of(algorithm, points, size, seed)
    if labels.max() < 0:
        return pd.DataFrame(columns=COLUMNS)
    centers = centers_of(points, labels)
    order = np.lexsort(centers.T[::-1])
    labels = np.where(labels == NOISE, NOISE, np.argsort(order)[labels])
    centers = centers[order]
    distances = np.sqrt(((points - centers[labels]) ** 2).sum(axis=1))
    overall, by_cluster = {}, {}
    if is_measured:
        overall, by_cluster = measures_of(
            algorithm, points, labels, size, seed, settings["bootstrap_refits"]
        )
    overall["client_count"] = len(points)
    if algorithm == "dbscan":
        overall["neighbor_distance"] = size
    by_cluster["radius"] = [
        radius_of(distances[labels == i], algorithm) for i in range(len(centers))
    ]
    rows = [(None, None, measure, value) for measure, value in overall.items()]
    rows += [
        (cluster + 1, None, measure, value)
        for measure, values in by_cluster.items()
        for cluster, value in enumerate(values)
    ]
    rows += [
        (cluster + 1, feature, "center", value)
        for cluster, center in enumerate(centers)
        for feature, value in zip(features, center, strict=True)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[2:])
    return table.assign(algorithm=algorithm, cluster_count=len(centers))[COLUMNS]


def fit_candidates(inputs: pd.DataFrame, settings: dict) -> pd.DataFrame:
    """All candidates of the training clients in segmentation_inputs.

    Takes client_id, feature, scaled_value. Returns COLUMNS, one row a measure,
    of the whole, of a cluster, or (center) of a cluster and feature; a measure
    that does not exist has no row. Fewer distinct clients than three times seven
    give one K-Means of four clusters, or of as many as there are clients.
    """
    tables = [pd.DataFrame(columns=COLUMNS)]
    clients = training_points(inputs)
    points = thinned(clients.to_numpy(), settings["client_limit"])
    distinct = len(np.unique(points, axis=0)) if len(points) else 0
    candidates = [("kmeans", min(4, distinct))] if distinct else []
    is_measured = distinct >= 3 * max(CLUSTER_COUNTS)
    if is_measured:
        candidates = [
            (algorithm, count)
            for algorithm in ("kmeans", "hierarchical")
            for count in CLUSTER_COUNTS
        ]
        candidates.append(("dbscan", neighbor_distance(points)))
    with threadpool_limits(1):
        for algorithm, size in candidates:
            tables.append(
                rows_of(algorithm, points, clients.columns, size, settings, is_measured)
            )
    table = pd.concat(tables).dropna(subset="value")
    types = {"cluster_count": "int32", "cluster_id": "Int32", "value": "float64"}
    texts = dict.fromkeys(["algorithm", "feature", "measure"], "string")
    table = table.astype(types | texts).reset_index(drop=True)
    return table.assign(value=table["value"].round(DIGITS))


def model(dbt, session):
    """Fit on the training clients, with the settings beside this file."""
    inputs = dbt.ref("segmentation_inputs").filter("is_training")
    on_spark = hasattr(session, "createDataFrame")
    inputs = inputs.toPandas() if on_spark else inputs.df()
    table = fit_candidates(inputs, dbt.config.get("meta"))
    if on_spark:
        table = table.astype(object).where(table.notna(), None)
        return session.createDataFrame(table, SCHEMA)
    return table
