"""Fit the risk score: a regularized logistic regression on past invoices.

Twice: on the invoices judged before the last fifth was issued, to test it on these,
and on all, to use it. SQL scores with the coefficients.
"""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

FITS = {"backtest": ["train"], "in_use": ["train", "between", "test"]}
COLUMNS = ["fit", "feature", "coefficient", "mean_value", "deviation"]
COLUMNS += ["invoice_count", "very_late_count"]
SCHEMA = (
    "fit string, feature string, coefficient double, mean_value double, "
    "deviation double, invoice_count int, very_late_count int"
)
DIGITS = 9


def coefficients(values: pd.DataFrame, is_very_late: pd.Series, settings):
    """The coefficient of each feature, per standard deviation from its mean, and the
    intercept; nothing where too few invoices were late, or were not.

    values: one row an invoice, one column a feature; is_very_late: 0 or 1. A feature
    that is the same for all has deviation 1 and coefficient 0.
    """
    late = int(is_very_late.sum())
    if min(late, len(values) - late) < settings["least_outcomes"]:
        return pd.DataFrame(columns=COLUMNS[1:])
    means = values.mean().round(DIGITS)
    deviations = values.std(ddof=0).round(DIGITS)
    deviations = deviations.where(deviations > 0, 1.0)
    points = ((values - means) / deviations).to_numpy()
    fit = LogisticRegression(C=settings["inverse_penalty"], tol=1e-8, max_iter=10_000)
    fit.fit(points, is_very_late)
    weights = pd.Series(fit.coef_[0], values.columns)
    weights["intercept"] = fit.intercept_[0]
    table = pd.DataFrame({"coefficient": weights.round(DIGITS)})
    table["mean_value"] = means.reindex(table.index).fillna(0.0)
    table["deviation"] = deviations.reindex(table.index).fillna(1.0)
    table["invoice_count"] = len(values)
    table["very_late_count"] = late
    return table.rename_axis("feature").reset_index()


def fits_of(inputs: pd.DataFrame, settings) -> pd.DataFrame:
    """Both fits, COLUMNS; inputs: moment_id, split, is_very_late, feature,
    feature_value of the invoices whose outcome is known."""
    values = inputs.pivot(index="moment_id", columns="feature", values="feature_value")
    # neither the order of rows nor ids may move a coefficient
    values = values.astype(float).sort_values([*values.columns])
    known = inputs.drop_duplicates("moment_id").set_index("moment_id")
    known = known.loc[values.index]
    fits = [pd.DataFrame(columns=COLUMNS)]
    for name, splits in FITS.items():
        is_seen = known["split"].isin(splits).to_numpy()
        outcomes = known.loc[is_seen, "is_very_late"].astype(int)
        table = coefficients(values[is_seen], outcomes, settings)
        fits.append(table.assign(fit=name))
    table = pd.concat([fit for fit in fits if len(fit)] or fits)[COLUMNS]
    counts = dict.fromkeys(COLUMNS[-2:], "Int32")
    numbers = dict.fromkeys(COLUMNS[2:-2], "Float64")
    texts = dict.fromkeys(COLUMNS[:2], "string")
    return table.astype(texts | numbers | counts).reset_index(drop=True)


def model(dbt, session):
    """Fit with the settings beside this file."""
    inputs = dbt.ref("risk_inputs").filter("split <> 'next'")
    on_spark = hasattr(session, "createDataFrame")
    inputs = inputs.toPandas() if on_spark else inputs.df()
    with threadpool_limits(1):
        table = fits_of(inputs, dbt.config.get("meta"))
    if on_spark:
        table = table.astype(object).where(table.notna(), None)
        return session.createDataFrame(table, SCHEMA)
    return table
