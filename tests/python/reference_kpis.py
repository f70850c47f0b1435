"""The KPIs of a ledger in pandas: DSO, collection, ageing, concentration.

Written from the definitions, not translated from the SQL. Every period end is
read from the ledger as of that day, by itself: nothing is carried over from one
to the next. Money is in whole cents until the last step.
"""

import numpy as np
import pandas as pd
from reference_ledger import DAY, convert_all, read_documents, see

BUCKETS = {"not_due": 0, "1_30": 30, "31_60": 60, "61_90": 90, "over_90": 10**6}
DSO_KEYS = ["period_end_date", "level", "level_key", "method"]
KPI_KEYS = ["period_end_date", "level", "level_key"]


def quotient(part, whole) -> float:
    """A quotient; null where there is nothing to divide by."""
    return part / whole if whole > 0 else np.nan


def period_ends(ledger: dict, as_of) -> pd.DatetimeIndex:
    """Month-ends since the first entry, and the as-of date."""
    first = min(
        ledger["invoices"]["invoice_date"].min(),
        ledger["payments"]["payment_date"].min(),
    )
    return pd.date_range(first, as_of, freq="ME").union([as_of])


def read_periods(ledger: dict, as_of) -> dict:
    """Documents and entries as of each period end."""
    ends = period_ends(ledger, as_of)
    return {end: read_documents(see(ledger, end), end) for end in ends}


def members(segment_of: pd.Series) -> dict:
    """The clients of each level and key."""
    levels = {("portfolio", "all"): segment_of.index}
    levels |= {("segment", s): c.index for s, c in segment_of.groupby(segment_of)}
    return levels | {("client", c): [c] for c in segment_of.index}


def by_client(periods: dict) -> dict[str, pd.DataFrame]:
    """What each client sold, owed and lost, in a table per measure and period."""
    measures = {}
    for end, (documents, entries) in periods.items():
        documents = documents.assign(month=documents["invoice_date"])
        open_documents = documents[documents["open_cents"] != 0]
        cents, age = open_documents["open_cents"], end - open_documents["due_date"]
        positive = cents.clip(lower=0)
        start = end.replace(day=1)
        is_new = documents["invoice_date"].between(start, end)
        credits = entries[(entries["kind"] == "credit_note")]
        credits = credits[credits["date"].between(start, end)]
        settled = documents[documents["settled_date"].between(start, end)]
        settled = settled[settled["paid_amount"] > 0]
        days = (settled["settled_date"] - settled["invoice_date"]) / DAY
        losses = documents[documents["document_type"] == "invoice"]
        recovered = (-losses["open_cents"]).clip(lower=0)
        lost = (losses["written_off_cents"] - recovered).clip(lower=0)
        lost = lost[losses["written_off_cents"] > 0]
        for name, values in {
            "owed": cents,
            "not_due": cents[age <= 0 * DAY],
            "open": positive,
            "over_90": positive[age > 90 * DAY],
            "billed": documents["cents"][is_new],
            "settled": settled["cents"],
            "settled_count": settled["cents"].notna().astype(int),
            "settled_days": days,
            "settled_amount_days": days * settled["cents"],
            "lost": lost,
        }.items():
            clients = documents["client_id"].reindex(values.index)
            measures.setdefault(name, {})[end] = values.groupby(clients).sum()
        credited = credits["applied"].groupby(credits["client_id"]).sum()
        measures.setdefault("credited", {})[end] = credited
    clients = documents["client_id"].unique()
    return {
        name: pd.DataFrame(ends).reindex(clients).fillna(0).T
        for name, ends in measures.items()
    }


def open_by_month(periods: dict) -> dict:
    """For each period end, open cents by client and period of invoice."""
    ends, found = pd.DatetimeIndex(periods), {}
    for end, (documents, _) in periods.items():
        place = ends.searchsorted(documents["invoice_date"])
        keys = [documents["client_id"], pd.Series(ends[place], documents.index)]
        found[end] = documents["open_cents"].groupby(keys).sum().unstack(fill_value=0)
    return found


def count_back(sales: pd.Series, days: pd.Series, owed) -> tuple:
    """The latest months are eaten first; the last one needed in proportion."""
    left, reached, billed, counted = max(owed, 0), 0, 0, 0
    for end in sales.index[::-1]:
        if left > 0:
            month = max(sales[end], 0)
            eaten = min(left, month)
            counted += days[end] * (eaten / month if eaten else 1)
            left -= eaten
            billed, reached = billed + month, reached + days[end]
    return billed, reached, counted if owed >= 0 else np.nan, left


def since_first_movement(measures: dict, clients, first: pd.Series) -> dict:
    """Measures of a group of clients, from its first document on."""
    start = first.reindex(clients).min()
    sums = {
        name: table[table.columns.intersection(clients)].sum(axis=1)
        for name, table in measures.items()
    }
    return {name: s[s.index >= start] for name, s in sums.items()}


def first_documents(periods: dict) -> pd.Series:
    """The first document of each client."""
    documents, _ = periods[max(periods)]
    return documents.groupby("client_id")["invoice_date"].min()


def days_sales_outstanding(periods: dict, segment_of: pd.Series) -> pd.DataFrame:
    """All methods, levels and period ends."""
    measures, first, opened = by_client(periods), first_documents(periods), {}
    opened, rows = open_by_month(periods), []
    for level, clients in members(segment_of).items():
        if not first.index.isin(clients).any():
            continue  # as built: a client with unapplied cash only has no DSO
        own = since_first_movement(measures, clients, first)
        sales = own["billed"] - own["credited"]
        days = pd.Series(sales.index.day, sales.index)
        for end in sales.index:
            owed, not_due = own["owed"][end], own["not_due"][end]
            past, length = sales[:end], days[:end]
            by_formula = {
                "simple": (owed, past[-1:].sum(), length[-1:].sum()),
                "best_possible": (not_due, past[-1:].sum(), length[-1:].sum()),
                "rolling_3_months": (owed, past[-3:].sum(), length[-3:].sum()),
            }
            for method, (part, sold, span) in by_formula.items():
                dso = quotient(part * span, sold)
                rows.append((end, *level, method, part, sold, span, dso, 0))
            rows.append(
                (end, *level, "count_back", owed, *count_back(past, length, owed))
            )
            left = opened[end].reindex(clients).sum()
            left = left[left != 0]
            sold, span = sales.reindex(left.index), days.reindex(left.index)
            dso = (left / sold * span).sum() if (sold > 0).all() else np.nan
            rows.append(
                (end, *level, "sales_weighted", owed, sold.sum(), span.sum(), dso, 0)
            )
    money = ["receivables_amount", "sales_amount", "unconsumed_amount"]
    columns = [*DSO_KEYS, *money[:2], "period_days", "dso", money[2]]
    rows = pd.DataFrame(rows, columns=columns).set_index(DSO_KEYS)
    rows[money] /= 100
    return rows


def collection_kpis(periods: dict, segment_of: pd.Series) -> pd.DataFrame:
    """Portfolio and segments, one row per period end."""
    measures, first, rows = by_client(periods), first_documents(periods), []
    for level, clients in members(segment_of).items():
        if level[0] == "client":
            continue
        own = since_first_movement(measures, clients, first)
        sales = own["billed"] - own["credited"]
        ends = sales.index
        for place, end in enumerate(ends):
            now = {name: values[end] for name, values in own.items()}
            quarter, year = sales[:end][-3:], sales[:end][-12:]

            def before(name, months, place=place, own=own):
                return own[name].iloc[place - months] if place >= months else 0

            opening, whole = before("owed", 3), quarter.sum()
            cei = {
                basis: 100
                * quotient(
                    opening + sold - now["owed"], opening + sold - now["not_due"]
                )
                for basis, sold in {
                    "monthly_average": whole / len(quarter),
                    "full_period": whole,
                }.items()
            }
            turned = quotient(2 * year.sum(), before("owed", 12) + now["owed"])
            months = [day.days_in_month for day in year.index]
            turned *= sum(months) / (sum(months) - months[-1] + end.day)
            bad_debts = now["lost"] - before("lost", 12)
            span, sold = end.day, sales[end]
            past_due = now["owed"] - now["not_due"]
            rows.append(
                {
                    "period_end_date": end,
                    "level": level[0],
                    "level_key": level[1],
                    "receivables_amount": now["owed"] / 100,
                    "not_due_amount": now["not_due"] / 100,
                    "open_invoice_amount": now["open"] / 100,
                    "over_90_amount": now["over_90"] / 100,
                    "sales_amount": sold / 100,
                    "opening_3_months_amount": opening / 100,
                    "sales_3_months_amount": whole / 100,
                    "opening_12_months_amount": before("owed", 12) / 100,
                    "sales_12_months_amount": year.sum() / 100,
                    "bad_debt_12_months_amount": bad_debts / 100,
                    "settled_amount": now["settled"] / 100,
                    "settled_invoice_count": now["settled_count"],
                    "cei_monthly_average": cei["monthly_average"],
                    "cei_full_period": cei["full_period"],
                    "simple_dso": quotient(now["owed"] * span, sold),
                    "best_possible_dso": quotient(now["not_due"] * span, sold),
                    "avg_days_delinquent": quotient(past_due * span, sold),
                    "avg_days_to_pay": quotient(
                        now["settled_days"], now["settled_count"]
                    ),
                    "weighted_avg_days_to_pay": quotient(
                        now["settled_amount_days"], now["settled"]
                    ),
                    "receivables_turnover": turned if place >= 12 else np.nan,
                    "bad_debt_ratio": quotient(bad_debts, year.sum()),
                    "over_90_share": quotient(now["over_90"], now["open"]),
                }
            )
    return pd.DataFrame(rows).set_index(KPI_KEYS)


def client_aging(documents: pd.DataFrame, ledger: dict, as_of) -> pd.DataFrame:
    """What each client owes by age, unapplied cash from the day it came."""
    opened = documents[documents["open_cents"] != 0]
    items = pd.DataFrame(
        {
            "client_id": opened["client_id"],
            "age": (as_of - opened["due_date"]) / DAY,
            "open_invoice_amount": opened["open_cents"].clip(lower=0),
            "open_credit_amount": opened["open_cents"].clip(upper=0),
            "unapplied_amount": 0,
            "open_invoice_count": (
                (opened["open_cents"] > 0) & ~opened["is_within_tolerance"]
            ).astype(int),
        }
    )
    cash = see(ledger, as_of)["payments"]
    cash = cash[~cash["invoice_id"].isin(documents.index)]
    cash = pd.DataFrame(
        {
            "client_id": cash["client_id"],
            "age": (as_of - cash["payment_date"]) / DAY,
            "unapplied_amount": convert_all(cash["amount"], cash["rate"]),
        }
    )
    items = pd.concat([items, cash]).fillna(0)
    limits = [-np.inf, *BUCKETS.values()]
    items["aging_bucket"] = pd.cut(items["age"], limits, labels=[*BUCKETS])
    items = (
        items.drop(columns="age")
        .groupby(["client_id", "aging_bucket"], observed=False)
        .sum()
        .reset_index()
    )
    items["aging_bucket"] = items["aging_bucket"].astype(str)
    return items.set_index(["client_id", "aging_bucket"]).astype(int)


def concentration(documents: pd.DataFrame) -> dict:
    """HHI, Gini and the ten largest, by their textbook forms."""
    owed = documents.groupby("client_id")["open_cents"].sum()
    owed = owed[owed > 0]
    if owed.empty:
        names = ["receivables_hhi", "receivables_gini", "top_10_share"]
        return {"owing_client_count": 0, **dict.fromkeys(names, np.nan)}
    shares = owed / owed.sum()
    # half the mean absolute difference over the mean
    gaps = np.abs(np.subtract.outer(shares.to_numpy(), shares.to_numpy()))
    return {
        "owing_client_count": len(shares),
        "receivables_hhi": (shares**2).sum(),
        "receivables_gini": gaps.mean() / (2 * shares.mean()),
        "top_10_share": shares.nlargest(10).sum(),
    }
