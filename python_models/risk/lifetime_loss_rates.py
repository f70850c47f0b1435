"""Follow monthly transitions to their end: what share of a bucket is never paid."""

import numpy as np
import pandas as pd

PAID, LOST = "paid", "written_off"
COLUMNS = ["segment_code", "aging_bucket", "lifetime_loss_rate"]
SCHEMA = "segment_code string, aging_bucket string, lifetime_loss_rate double"


def loss_rates(transitions: pd.DataFrame) -> pd.Series:
    """Share of each bucket that ends written off, 0 to 1.

    transitions: from_bucket, to_bucket, rate of one segment, absorbing at paid and
    written_off. A bucket that leads to one never seen, or to itself for ever, has
    no rate (nan).
    """
    rates = transitions.pivot(index="from_bucket", columns="to_bucket", values="rate")
    seen = rates.dropna().astype(float)
    unseen = {*rates.index} - {*seen.index}
    ending = with_what_leads_there(seen, {PAID, LOST, *unseen})
    rateless = with_what_leads_there(seen, {*unseen, *({*seen.index} - ending)})
    sure = [bucket for bucket in seen.index if bucket not in rateless]
    staying = np.eye(len(sure)) - seen.loc[sure, sure].to_numpy()
    solved = np.linalg.solve(staying, seen.loc[sure, LOST].to_numpy())
    # where next to nothing ever leaves, the last digits may pass one
    return pd.Series(solved, sure, dtype=float).clip(0, 1).reindex(rates.index)


def with_what_leads_there(rates: pd.DataFrame, places: set) -> set:
    """The places, and every bucket from which some of the amount comes there."""
    leading = rates[rates.columns.intersection([*places])].gt(0).any(axis=1)
    more = places | {*rates.index[leading]}
    return places if more == places else with_what_leads_there(rates, more)


def loss_rates_of(transitions: pd.DataFrame) -> pd.DataFrame:
    """Lifetime loss rates of every segment, COLUMNS, from aging_transitions.

    What a month bills is in no bucket yet, and has none.
    """
    transitions = transitions[transitions["from_bucket"] != "new"]
    tables = [
        loss_rates(rows).rename("lifetime_loss_rate").rename_axis("aging_bucket")
        for _, rows in transitions.groupby("segment_code")
    ]
    codes = sorted(transitions["segment_code"].unique())
    table = pd.concat(tables, keys=codes, names=["segment_code"]).reset_index()
    return table[COLUMNS].round(9)


def model(dbt, session):
    """Solve the chain of each segment."""
    transitions = dbt.ref("aging_transitions")
    on_spark = hasattr(session, "createDataFrame")
    table = loss_rates_of(transitions.toPandas() if on_spark else transitions.df())
    if on_spark:
        table = table.astype(object).where(table.notna(), None)
        return session.createDataFrame(table, SCHEMA)
    return table
