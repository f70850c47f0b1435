"""Find the two directions in which clients differ most, for the map of clients."""

import numpy as np
import pandas as pd

COLUMNS = ["component", "feature", "loading", "mean_value", "explained_share"]
SCHEMA = (
    "component int, feature string, loading double, mean_value double, "
    "explained_share double"
)


def components_of(inputs: pd.DataFrame) -> pd.DataFrame:
    """Principal components of clients, from client_id, feature, scaled_value.

    Returns COLUMNS, one row a component (1, 2) and feature; the largest loading of
    a component is positive. Fewer than two clients have none.
    """
    clients = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    clients = clients.astype(float).sort_values([*clients.columns])
    table = pd.DataFrame(columns=COLUMNS)
    if len(clients) > 1:
        means = clients.mean()
        _, spreads, loadings = np.linalg.svd(clients - means, full_matrices=False)
        shares = spreads**2 / max((spreads**2).sum(), 1e-12)
        signs = np.sign([row[abs(row).argmax()] for row in loadings])
        table = pd.DataFrame(
            [
                (i + 1, feature, loading, means[feature], shares[i])
                for i in range(min(2, len(loadings)))
                for feature, loading in zip(
                    clients.columns, loadings[i] * signs[i], strict=True
                )
            ],
            columns=COLUMNS,
        )
    types = dict.fromkeys(COLUMNS, "float64") | {
        "component": "int32",
        "feature": "string",
    }
    return table.astype(types).round(9)


def model(dbt, session):
    """Fit on the clients of the as-of date that shape clusters."""
    inputs = dbt.ref("segmentation_inputs").filter("is_current and is_sampled")
    on_spark = hasattr(session, "createDataFrame")
    table = components_of(inputs.toPandas() if on_spark else inputs.df())
    if on_spark:
        return session.createDataFrame(table.astype(object), SCHEMA)
    return table
