"""Say how steady the clusters are, beside fits that remember nothing.

    python benchmarks/segment_stability.py DATABASE

Two tables in Markdown, from a built database. The first goes from each quarter-end
to the next and says how far the clients that have a cluster on both days are
grouped the same (adjusted Rand index: 1 the same, about 0 by chance):

    guides    K-Means of each day for itself as most guides teach it: raw features,
              standardized, four clusters
    refits    K-Means of each day for itself on the features, limits and weights of
              this project, and the count of clusters it had that day
    versions  the clusters of this project's model versions

The second fits the model in force again on 100 draws of its training clients.
"""

import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import yaml
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

sys.path.append(str(Path(__file__).parents[1] / "python_models" / "segmentation"))
import segmentation_candidates as candidates

CLUSTERINGS = ["guides", "refits", "versions"]
GUIDES_COUNT = 4
GUIDES_FEATURES = [
    "avg_days_late",
    "late_rate",
    "stddev_days_late",
    "weighted_avg_days_late",
    "invoice_velocity",
    "total_invoiced_amount",
]
MEMBERS = f"""
    select
        members.as_of_date,
        members.client_id,
        members.cluster_id as versions,
        models.cluster_count,
        models.status,
        models.lineage_date,
        {", ".join(GUIDES_FEATURES)}
    from segments.client_segments_monthly as members
    join segments.segmentation_models as models
        on members.model_version = models.model_version
    join features.client_features_monthly as monthly
        on members.as_of_date = monthly.as_of_date
        and members.client_id = monthly.client_id
    where
        members.cluster_id is not null
        and members.as_of_date = last_day(members.as_of_date)
        and month(members.as_of_date) in (3, 6, 9, 12)
    order by members.as_of_date, members.client_id
"""
IN_FORCE = """
    select model_version, algorithm, cluster_count, neighbor_distance, fit_date
    from segments.segmentation_quality
    join segments.segmentation_models
        using (model_version, algorithm, cluster_count, is_in_force)
    where is_in_force
"""


def settings_of() -> dict:
    """The settings of the fits; those that are vars of dbt are still templates."""
    beside = Path(candidates.__file__).with_name("_segmentation.yml")
    models = yaml.safe_load(beside.read_text())["models"]
    named = {model["name"]: model for model in models}
    return named["segmentation_candidates"]["config"]["meta"]


def training_clients(connection) -> tuple[dict, pd.Series]:
    """Clients by day (ISO text) in the order in which they are fitted, and the
    weight of each feature."""
    training = connection.sql("from features.segmentation_training").df()
    weights = training.drop_duplicates("feature").set_index("feature")["weight"]
    first = candidates.RANKED_BY
    weights = weights[sorted(weights.index, key=lambda name: (name != first, name))]
    return candidates.clients_by_day(training, [*weights.index]), weights.astype(float)


def guides_clusters(clients: pd.DataFrame) -> np.ndarray:
    """Clusters by the recipe of most guides; a missing value is the median."""
    values = clients[GUIDES_FEATURES].astype(float)
    points = StandardScaler().fit_transform(values.fillna(values.median()).fillna(0))
    count = min(GUIDES_COUNT, len(points))
    return KMeans(count, n_init=10, random_state=0).fit_predict(points)


def refit_clusters(clients, weights, count) -> pd.Series:
    """Clusters by this project's features and scaling alone, by client_id."""
    values = clients[weights.index]
    points = candidates.scaled(values, candidates.limits_of(values, weights))
    labels = candidates.labels_of("kmeans", points.to_numpy(), count, settings_of())
    return pd.Series(labels, clients["client_id"])


def memberships(connection) -> list[pd.DataFrame]:
    """For each quarter-end the clients with a cluster, by client_id: CLUSTERINGS
    (refits are null for clients that shape no fit), status and lineage_date."""
    training, weights = training_clients(connection)
    days = []
    with threadpool_limits(1):
        for day, rows in connection.sql(MEMBERS).df().groupby("as_of_date"):
            clients, count = training[f"{day:%Y-%m-%d}"], rows["cluster_count"].iloc[0]
            refits = refit_clusters(clients, weights, count)
            rows = rows.assign(
                guides=guides_clusters(rows), refits=rows["client_id"].map(refits)
            )
            days.append(rows.set_index("client_id"))
    return days


def compared(before: pd.DataFrame, after: pd.DataFrame) -> dict:
    """One row of quarter_pairs, from the memberships of two days."""
    both = before.merge(after, on="client_id", suffixes=("", "_after"))
    row = {
        "from": f"{before['as_of_date'].iloc[0]:%Y-%m-%d}",
        "to": f"{after['as_of_date'].iloc[0]:%Y-%m-%d}",
        "status": before["status"].iloc[0],
        "clients": len(both),
    }
    for name in CLUSTERINGS:
        pairs = both[[name, f"{name}_after"]].dropna()
        row[name] = adjusted_rand_score(*pairs.to_numpy().T)
    has_stayed = (both["versions"] == both["versions_after"]).mean()
    is_one_lineage = (both["lineage_date"] == both["lineage_date_after"]).all()
    return row | {"stayed": has_stayed if is_one_lineage else np.nan}


def quarter_pairs(connection) -> pd.DataFrame:
    """One row for each quarter-end and the next.

    from, to (ISO text); status of the version in force at `from`; clients with a
    cluster on both; the adjusted Rand index of each of CLUSTERINGS; stayed: share
    (0-1) of clients that kept their cluster in the versions, null where those
    number their clusters anew.
    """
    rows = [compared(*days) for days in pairwise(memberships(connection))]
    columns = ["from", "to", "status", "clients", *CLUSTERINGS, "stayed"]
    return pd.DataFrame(rows, columns=columns)


def summary(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean and smallest of quarter_pairs: where the version is adopted, and of all."""
    figures = [*CLUSTERINGS, "stayed"]
    adopted = pairs[pairs["status"] == "adopted"]
    rows = {
        f"{word}, {which}": getattr(rows[figures], how)()
        for which, rows in {"adopted": adopted, "all": pairs}.items()
        for word, how in {"mean": "mean", "smallest": "min"}.items()
    }
    return pd.DataFrame(rows).T.rename_axis("quarters").reset_index()


def fit_in_force(connection) -> tuple:
    """The fit of the model in force on the clients it had: its version, algorithm,
    scaled points, labels, and its size (count of clusters, DBSCAN's distance).

    Raises ValueError where the history does not reach back to these clients.
    """
    version = connection.sql(IN_FORCE).df().iloc[0]
    training, weights = training_clients(connection)
    day = f"{version['fit_date']:%Y-%m-%d}"
    if day not in training:
        raise ValueError(f"The history does not reach back to the clients of {day}")
    measures = connection.sql("from features.segmentation_candidates").df()
    name, algorithm = version["model_version"], version["algorithm"]
    model = candidates.model_of(measures[measures["model_version"] == name])
    clients = training[day][weights.index]
    points = candidates.scaled(clients, model.limits.loc[weights.index]).to_numpy()
    if algorithm == "kmeans":
        size = version["cluster_count"]
        labels = candidates.nearest(points, model.centers[weights.index].to_numpy())
        return name, algorithm, points, labels, size
    is_ward = algorithm == "hierarchical"
    size = version["cluster_count" if is_ward else "neighbor_distance"]
    labels = candidates.labels_of(algorithm, points, size, settings_of())
    return name, algorithm, points, labels, size


def bootstrap(connection, refits: int = 100) -> dict:
    """The model in force against fits on clients drawn anew.

    model_version; refits; ari_mean, ari_5, ari_95: adjusted Rand index, mean and
    percentiles; smallest_jaccard: share (0-1) of the worst cluster that is found
    again, mean. Raises as fit_in_force does.
    """
    settings = settings_of()
    with threadpool_limits(1):
        name, algorithm, points, labels, size = fit_in_force(connection)
        measured = candidates.measured_places(labels, settings["evaluation_limit"])
        points, labels = points[measured], labels[measured]
        agreements, overlaps = candidates.stability(
            algorithm, points, labels, size, settings, refits
        )
    low, high = np.quantile(agreements, [0.05, 0.95])
    return {
        "model_version": name,
        "refits": refits,
        "ari_mean": agreements.mean(),
        "ari_5": low,
        "ari_95": high,
        "smallest_jaccard": overlaps.min(),
    }


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown, fractions with three digits; a missing value is a dash."""
    if table.empty:
        return "(none)"

    def text(value):
        if pd.isna(value):
            return "-"
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    marks = [
        "---:" if pd.api.types.is_numeric_dtype(kind) else "---"
        for kind in table.dtypes
    ]
    rows = [[*table.columns], marks, *table.astype(object).map(text).to_numpy()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(database: str) -> None:
    """Print the tables of a built database."""
    with duckdb.connect(database, read_only=True) as connection:
        if not connection.sql("from segments.segmentation_models").fetchone():
            sys.exit(f"{database} has no model version: too few known outcomes.")
        pairs = quarter_pairs(connection)
        draws = bootstrap(connection)
    print("## From quarter-end to quarter-end\n")
    print(markdown(pairs), markdown(summary(pairs)), sep="\n\n")
    print("\n## On clients drawn anew\n")
    print(markdown(pd.DataFrame([draws])))


if __name__ == "__main__":
    main(sys.argv[1])
