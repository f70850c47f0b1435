"""Draw Ward's tree of the clients, for the dendrogram."""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import dendrogram, linkage

COLUMNS = [
    "merge_id",
    "left_x",
    "right_x",
    "left_height",
    "right_height",
    "height",
    "leaf_count",
]
SCHEMA = (
    "merge_id int, left_x double, right_x double, left_height double, "
    "right_height double, height double, leaf_count int"
)


def merges_of(inputs: pd.DataFrame, leaf_limit: int) -> pd.DataFrame:
    """Ward's merges, from client_id, feature, scaled_value.

    Returns COLUMNS, one row a merge: two legs at left_x and right_x that stand on
    left_height and right_height and meet at height; leaf_count clients hang below.
    Of more than leaf_limit clients as many, evenly spaced, are leaves.
    """
    clients = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    points = clients.astype(float).sort_values([*clients.columns]).to_numpy()
    leaves = min(leaf_limit, len(points))
    rows = []
    if leaves > 1:
        kept = np.linspace(0, len(points) - 1, leaves).round().astype(int)
        tree = linkage(points[kept], "ward")
        # where each branch stands, and how high: leaves first, then merges
        order = dendrogram(tree, no_plot=True)["leaves"]
        places = [*(np.argsort(order) + 0.5)]
        heights = [0.0] * leaves
        for number, (one, other, height, count) in enumerate(tree):
            left, right = sorted((int(one), int(other)), key=lambda i: places[i])
            rows.append(
                (
                    number + 1,
                    places[left],
                    places[right],
                    heights[left],
                    heights[right],
                    height,
                    count,
                )
            )
            places.append((places[left] + places[right]) / 2)
            heights.append(height)
    table = pd.DataFrame(rows, columns=COLUMNS)
    types = dict.fromkeys(COLUMNS, "float64")
    types |= {"merge_id": "int32", "leaf_count": "int32"}
    return table[COLUMNS].astype(types).round(9)


def model(dbt, session):
    """Merge the clients of the as-of date that shape clusters."""
    inputs = dbt.ref("segmentation_inputs").filter("is_current and is_sampled")
    on_spark = hasattr(session, "createDataFrame")
    inputs = inputs.toPandas() if on_spark else inputs.df()
    settings = dbt.config.get("meta")
    table = merges_of(inputs, settings["leaf_limit"])
    if on_spark:
        return session.createDataFrame(table.astype(object), SCHEMA)
    return table
