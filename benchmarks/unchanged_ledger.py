"""Write a built ledger anew, as if no client ever changed how it pays.

    python benchmarks/unchanged_ledger.py DATABASE FOLDER [SEED]
    dbt build --vars "ledger_path: FOLDER"

Each client's days late are dealt out anew among its own settled invoices: it pays in
its first quarter as it does in its last. What moves clients between clusters in a
build of that ledger is chance alone: how little a few invoices tell. Invoices only,
in one currency; the same bytes for the same seed.
"""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

SETTLED = """
    select invoice_id, client_id, invoice_date, due_date, invoice_amount, days_late
    from core.invoices
    where settled_date is not null and invoice_amount > 0
    order by client_id, invoice_date, invoice_id
"""


def unchanged(invoices: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The invoices of a ledger, each client's days late in another order.

    invoices: one row an invoice in a fixed order, columns as in SETTLED. None is
    paid before it is issued.
    """
    draws = np.random.default_rng(seed)
    days_late = invoices.groupby("client_id")["days_late"].transform(
        lambda days: draws.permutation(days.to_numpy())
    )
    paid = invoices["due_date"] + pd.to_timedelta(days_late, unit="D")
    dates = {
        "invoice_date": invoices["invoice_date"],
        "due_date": invoices["due_date"],
        "payment_date": paid.where(
            paid >= invoices["invoice_date"], invoices["invoice_date"]
        ),
    }
    ids = invoices[["invoice_id", "client_id"]]
    table = ids.assign(amount=invoices["invoice_amount"], **dates)
    return table.sort_values(["invoice_date", "invoice_id"], ignore_index=True)


def main(database: str, folder: str, seed: str = "1") -> None:
    """Write invoices.csv of the ledger in a built database."""
    with duckdb.connect(database, read_only=True) as connection:
        table = unchanged(connection.sql(SETTLED).df(), int(seed))
    Path(folder).mkdir(parents=True, exist_ok=True)
    table.to_csv(Path(folder) / "invoices.csv", index=False, date_format="%Y-%m-%d")


if __name__ == "__main__":
    main(*sys.argv[1:])
