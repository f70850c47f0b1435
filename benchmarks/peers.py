"""What a user would pick instead, and what the machine can do at best.

    python benchmarks/peers.py engine folder [features.parquet]

One engine a process, so that each pays its own memory: pandas, as guides to payment
segmentation teach it; polars, the same features; duckdb_floor, every column of
client_features in SQL by hand (floor.sql); limit, the columns read and no more. Prints
the seconds of each step as JSON. Days past due are those of the last payment; of an
invoice not paid yet, of the last day of the ledger.
"""

import json
import sys
import time
from pathlib import Path

INVOICES = ["invoice_id", "client_id", "invoice_date", "due_date", "amount"]
PAYMENTS = ["invoice_id", "payment_date", "amount"]
UNREAD = ("client_name", "payment_terms_days", "payment_id", "level", "channel")
FEATURES = [
    "invoice_count",
    "total_amount",
    "avg_days_past_due",
    "median_days_past_due",
    "max_days_past_due",
    "std_days_past_due",
    "late_rate",
    "severely_late_rate",
    "weighted_days_past_due",
    "invoice_velocity",
    "payment_trend",
    "overdue_exposure",
]


class Steps(dict):
    """Seconds of each step, as they end."""

    def __init__(self) -> None:
        """Start the clock."""
        self.last = time.perf_counter()

    def end(self, step: str) -> None:
        """Note the seconds since the last step."""
        now = time.perf_counter()
        self[step], self.last = now - self.last, now


def with_pandas(folder: Path, output=None) -> Steps:
    """Group by client, aggregate and apply; then scale and cluster."""
    import numpy as np
    import pandas as pd
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    steps = Steps()
    invoices = pd.read_parquet(folder / "invoices.parquet", columns=INVOICES)
    payments = pd.read_parquet(folder / "payments.parquet", columns=PAYMENTS)
    for table in (invoices, payments):
        table["amount"] = table["amount"].astype(float)
        for column in table.filter(like="date"):
            table[column] = pd.to_datetime(table[column])
    steps.end("read")

    as_of = max(invoices["invoice_date"].max(), payments["payment_date"].max())
    paid = payments.groupby("invoice_id").agg(
        payment_date=("payment_date", "max"), paid=("amount", "sum")
    )
    df = invoices.merge(paid, how="left", left_on="invoice_id", right_index=True)
    open_amount = df["amount"] - df["paid"].fillna(0)
    closed_date = df["payment_date"].where(open_amount < 0.01, as_of)
    df["days_past_due"] = (closed_date - df["due_date"]).dt.days
    df["month_age"] = (as_of - df["due_date"]).dt.days
    by_client = df.groupby("client_id")
    features = by_client.agg(
        invoice_count=("invoice_id", "count"),
        total_amount=("amount", "sum"),
        avg_days_past_due=("days_past_due", "mean"),
        median_days_past_due=("days_past_due", "median"),
        max_days_past_due=("days_past_due", "max"),
        std_days_past_due=("days_past_due", "std"),
        first_date=("invoice_date", "min"),
    )
    features["late_rate"] = by_client["days_past_due"].apply(lambda x: (x > 0).mean())
    features["severely_late_rate"] = by_client["days_past_due"].apply(
        lambda x: (x > 30).mean()
    )
    features["weighted_days_past_due"] = by_client[["days_past_due", "amount"]].apply(
        lambda x: np.average(x["days_past_due"], weights=x["amount"])
    )
    months = (as_of - features.pop("first_date")).dt.days / 30.4375
    features["invoice_velocity"] = features["invoice_count"] / months.clip(lower=1)
    is_recent = df["month_age"] < 90
    recent = df[is_recent].groupby("client_id")["days_past_due"].mean()
    earlier = df[~is_recent].groupby("client_id")["days_past_due"].mean()
    features["payment_trend"] = recent - earlier
    late = df[df["days_past_due"] > 0]
    features["overdue_exposure"] = late.groupby("client_id")["amount"].mean()
    features = features[FEATURES]
    steps.end("features")

    scaled = StandardScaler().fit_transform(features.fillna(0))
    KMeans(n_clusters=4, n_init=10, random_state=42).fit_predict(scaled)
    steps.end("clusters")
    if output:
        features.to_parquet(output)
    return steps


def with_polars(folder: Path, output=None) -> Steps:
    """Compute the same features in one lazy query."""
    import polars as pl

    steps = Steps()
    invoices = pl.scan_parquet(folder / "invoices.parquet").select(INVOICES)
    payments = pl.scan_parquet(folder / "payments.parquet").select(PAYMENTS)
    as_of = max(
        invoices.select(pl.max("invoice_date")).collect().item(),
        payments.select(pl.max("payment_date")).collect().item(),
    )
    amount, days = pl.col("amount").cast(pl.Float64), pl.col("days_past_due")
    paid = payments.group_by("invoice_id").agg(
        pl.max("payment_date"), paid=amount.sum()
    )
    is_paid = pl.col("amount") - pl.col("paid").fill_null(0) < 0.01
    closed_date = pl.when(is_paid).then("payment_date").otherwise(as_of)
    is_recent = (as_of - pl.col("due_date")).dt.total_days() < 90
    months = (as_of - pl.min("invoice_date")).dt.total_days() / 30.4375
    features = (
        invoices.with_columns(amount)
        .join(paid, on="invoice_id", how="left")
        .with_columns(days_past_due=(closed_date - pl.col("due_date")).dt.total_days())
        .group_by("client_id")
        .agg(
            invoice_count=pl.len(),
            total_amount=pl.sum("amount"),
            avg_days_past_due=days.mean(),
            median_days_past_due=days.median(),
            max_days_past_due=days.max(),
            std_days_past_due=days.std(),
            late_rate=(days > 0).mean(),
            severely_late_rate=(days > 30).mean(),
            weighted_days_past_due=(days * amount).sum() / amount.sum(),
            invoice_velocity=pl.len() / pl.max_horizontal(months, 1.0),
            payment_trend=days.filter(is_recent).mean()
            - days.filter(~is_recent).mean(),
            overdue_exposure=amount.filter(days > 0).mean(),
        )
        .collect(engine="streaming")
    )
    steps.end("features")
    if output:
        features.sort("client_id").write_parquet(output)
    return steps


def with_floor(folder: Path, output=None) -> Steps:
    """Compute every column of client_features in SQL by hand."""
    import duckdb

    steps = Steps()
    with duckdb.connect() as connection:
        connection.execute(f"set variable folder = '{folder}'")
        connection.execute((Path(__file__).parent / "floor.sql").read_text())
        steps.end("features")
        if output:
            connection.execute(f"copy client_features to '{output}'")
    return steps


def with_limit(folder: Path, output=None) -> Steps:
    """Read the columns that the features need, and keep one number of each."""
    import duckdb

    steps = Steps()
    for table in sorted(folder.glob("*.parquet")):
        if table.stem != "disputes":
            duckdb.sql(
                f"select bit_xor(hash(columns(c -> c not in {UNREAD}))) from '{table}'"
            ).fetchall()
    steps.end("read")
    return steps


ENGINES = {
    "pandas": with_pandas,
    "polars": with_polars,
    "duckdb_floor": with_floor,
    "limit": with_limit,
}

if __name__ == "__main__":
    print(json.dumps(ENGINES[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
