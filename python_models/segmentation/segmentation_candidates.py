"""Measure what clusterings of the clients would be worth.

K-Means, hierarchical (Ward) and DBSCAN on the training clients, each with two to
seven clusters. Nothing is chosen here: segmentation_quality reads the measures,
applies the gate and says why.
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
MEASURES = [
    "silhouette",
    "smallest_silhouette",
    "null_silhouette",
    "inertia",
    "davies_bouldin",
    "calinski_harabasz",
    "smallest_share",
    "noise_share",
    "bootstrap_ari",
    "smallest_jaccard",
    "prediction_strength",
    "neighbor_distance",
]
SCHEMA = "algorithm string, cluster_count int, client_count int, " + ", ".join(
    f"{measure} double" for measure in MEASURES
)


def training_points(inputs: pd.DataFrame, limit: int) -> np.ndarray:
    """One row a client, one column a feature, at most `limit` rows.

    Sorted by value, not by name, and thinned evenly, so that every level of the
    first feature is there and neither row order nor ids matter.
    """
    clients = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    points = clients.astype(float).sort_values([*clients.columns]).to_numpy()
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
        return KMeans(int(size), n_init=4, random_state=seed).fit(points).labels_
    if algorithm == "hierarchical":
        return AgglomerativeClustering(int(size), linkage="ward").fit(points).labels_
    return DBSCAN(eps=size, min_samples=2 * points.shape[1]).fit(points).labels_


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


def stability(algorithm, points, labels, size, seed, refits) -> dict[str, float]:
    """Refits on bootstrap samples, compared with the fit on all points."""
    draws = np.random.default_rng(seed)
    agreements, overlaps = [], []
    kept = labels != NOISE
    for refit in range(refits):
        drawn = points[draws.integers(0, len(points), len(points))]
        found = labels_of(algorithm, drawn, size, refit)
        if found.max() < 0:
            continue
        again = nearest(points, centers_of(drawn, found))
        agreements.append(adjusted_rand_score(labels[kept], again[kept]))
        overlaps.append(jaccards(labels[kept], again[kept]))
    if not agreements:
        return {}
    return {
        "bootstrap_ari": np.mean(agreements),
        "smallest_jaccard": np.mean(overlaps, axis=0).min(),
    }


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


def silhouettes(points: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean silhouette of all points, and of the worst cluster."""
    kept = labels != NOISE
    if len(np.unique(labels[kept])) < 2:
        return np.nan, np.nan
    widths = pd.Series(silhouette_samples(points[kept], labels[kept]))
    return widths.mean(), widths.groupby(labels[kept]).mean().min()


def measures_of(algorithm, points, size, seed, refits) -> dict:
    """All measures of one candidate."""
    labels = labels_of(algorithm, points, size, seed)
    kept = labels != NOISE
    found = {"cluster_count": labels.max() + 1, "noise_share": 1 - kept.mean()}
    if labels.max() < 1:
        return found
    shuffled = np.random.default_rng(seed).permuted(points, axis=0)
    in_clusters = points[kept], labels[kept]
    centers = centers_of(points, labels)
    found["silhouette"], found["smallest_silhouette"] = silhouettes(points, labels)
    found["null_silhouette"] = silhouettes(
        shuffled, labels_of(algorithm, shuffled, size, seed)
    )[0]
    found["inertia"] = ((in_clusters[0] - centers[in_clusters[1]]) ** 2).sum()
    found["davies_bouldin"] = davies_bouldin_score(*in_clusters)
    found["calinski_harabasz"] = calinski_harabasz_score(*in_clusters)
    found["smallest_share"] = np.bincount(labels[kept]).min() / len(points)
    found["prediction_strength"] = prediction_strength(algorithm, points, size, seed)
    return found | stability(algorithm, points, labels, size, seed, refits)


def measure(inputs: pd.DataFrame, limit: int, seed: int, refits: int) -> pd.DataFrame:
    """All candidates of the training clients in segmentation_inputs.

    Returns algorithm, cluster_count, client_count and MEASURES, one row a
    candidate; none where there are fewer than twenty distinct clients.
    """
    columns = ["algorithm", "cluster_count", "client_count", *MEASURES]
    rows = []
    points = training_points(inputs, limit) if len(inputs) else np.empty((0, 1))
    if len(np.unique(points, axis=0)) >= 20:
        radius = neighbor_distance(points)
        candidates = [
            (algorithm, count, {})
            for algorithm in ("kmeans", "hierarchical")
            for count in CLUSTER_COUNTS
        ]
        candidates.append(("dbscan", radius, {"neighbor_distance": radius}))
        with threadpool_limits(1):
            for algorithm, size, more in candidates:
                found = measures_of(algorithm, points, size, seed, refits)
                rows.append({"algorithm": algorithm, **found, **more})
    table = pd.DataFrame(rows, columns=columns).assign(client_count=len(points))
    types = {"algorithm": "string", "cluster_count": "int32", "client_count": "int32"}
    table[MEASURES] = table[MEASURES].astype(float).round(DIGITS)
    return table.astype(types)


def model(dbt, session):
    """Measure on the training clients, with the settings beside this file."""
    settings = dbt.config.get("meta")
    inputs = dbt.ref("segmentation_inputs").filter("is_training")
    on_spark = hasattr(session, "createDataFrame")
    inputs = inputs.toPandas() if on_spark else inputs.df()
    table = measure(
        inputs,
        settings["client_limit"],
        settings["random_seed"],
        settings["bootstrap_refits"],
    )
    if on_spark:
        return session.createDataFrame(table.astype(object).where(table.notna(), None), SCHEMA)
    return table
