"""Fit the clusters of clients by how they pay.

Returns one row per cluster and feature: the cluster's center on the scale of
segmentation_inputs (0 to 1). Clusters are numbered from promptest to latest, so
that 1 means the same in every run. SQL does the scoring.
"""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

RANKED_BY = "avg_days_late"
DIGITS = 9
SCHEMA = "cluster_id int, feature string, center double"


def fit_centers(inputs: pd.DataFrame, cluster_count: int, seed: int) -> pd.DataFrame:
    """Cluster the training clients with K-Means.

    Takes segmentation_inputs: client_id, feature, scaled_value. Returns
    cluster_id, feature, center. Fewer distinct clients than clusters give as
    many clusters as there are distinct clients; none give no rows.
    """
    clients = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    clients = clients.astype(float)
    features = list(clients.columns)
    # by value, not by name: neither row order nor ids may move a center
    clients = clients.sort_values(features)
    cluster_count = min(cluster_count, len(clients.drop_duplicates()))
    centers = pd.DataFrame(columns=features, dtype=float)
    if cluster_count:
        with threadpool_limits(1):
            fit = KMeans(cluster_count, n_init=20, random_state=seed).fit(clients)
        centers = pd.DataFrame(fit.cluster_centers_, columns=features)
        centers = centers.sort_values([RANKED_BY, *features])
    centers.index = pd.Index(np.arange(1, cluster_count + 1), name="cluster_id")
    return (
        centers.round(DIGITS)
        .stack()
        .rename("center")
        .rename_axis(["cluster_id", "feature"])
        .reset_index()
        .astype({"cluster_id": "int32", "feature": "string", "center": "float64"})
    )


def model(dbt, session):
    """Fit on the training clients, with the settings beside this file."""
    settings = dbt.config.get("meta")
    inputs = dbt.ref("segmentation_inputs").filter("is_training")
    on_spark = hasattr(session, "createDataFrame")
    inputs = inputs.toPandas() if on_spark else inputs.df()
    centers = fit_centers(inputs, settings["cluster_count"], settings["random_seed"])
    return session.createDataFrame(centers, SCHEMA) if on_spark else centers
