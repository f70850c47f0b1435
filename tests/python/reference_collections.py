"""Expected payments, scenarios and the worklist's amounts in pandas.

Written from the definitions, not translated from the SQL. Money is in whole
cents until the last step.
"""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from reference_ledger import DAY, see

LEVELS = ["client", "segment", "portfolio"]
BUCKETS = {"not_due": 0, "1_30": 30, "31_60": 60, "61_90": 90, "over_90": 10**6}


def cents(amount) -> int:
    """Whole cents, halves away from zero."""
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


def times(amount, rate) -> int:
    """Cents times a rate of nine digits."""
    return cents(amount * round(Decimal(float(rate)), 9))


def lifetimes(documents: pd.DataFrame, as_of) -> pd.DataFrame:
    """Day from the due date on which each invoice left, and whether paid."""
    rows = documents[documents["document_type"] == "invoice"]
    is_settled = rows["settled_date"].notna()
    end = rows["settled_date"].where(is_settled, rows["closed_date"])
    end = end.where(is_settled | ~rows["is_open"], as_of)
    return pd.DataFrame(
        {
            "client_id": rows["client_id"],
            "day": (end - rows["due_date"]).dt.days,
            "is_paid": is_settled & (rows["paid_amount"] > 0),
        }
    )


def kaplan_meier(lives: pd.DataFrame, day: int) -> pd.Series:
    """Share unpaid after each later day on which one left, given unpaid on a day."""
    later = lives[lives["day"] > day]
    leaving = later.groupby("day")["is_paid"].agg(["size", "sum"])
    at_risk = leaving["size"][::-1].cumsum()[::-1]
    return (1 - leaving["sum"] / at_risk).cumprod()


def expected_payments(documents, segment_of, minimum, as_of) -> pd.DataFrame:
    """The first day by which half of the invoices that were open so late left."""
    lives = lifetimes(documents, as_of)
    lives["segment"] = lives["client_id"].map(segment_of)
    opened = documents[documents["is_open"] & (documents["open_cents"] > 0)]
    opened = opened[opened["document_type"] == "invoice"]
    found = []
    for invoice, row in opened.iterrows():
        day, client = int(row["days_past_due"]), row["client_id"]
        groups = {
            "client": lives[lives["client_id"] == client],
            "segment": lives[lives["segment"] == segment_of[client]],
            "portfolio": lives,
        }
        choices = []
        for level, group in groups.items():
            paid = int(group["is_paid"][group["day"] > day].sum())
            if paid < (1 if level == "portfolio" else minimum):
                continue
            curve = kaplan_meier(group, day)
            reached = [curve.index[curve <= 1 - p + 1e-9] for p in (0.1, 0.5, 0.9)]
            days = [d[0] if len(d) else np.nan for d in reached]
            choices.append((np.isnan(days[1]), LEVELS.index(level), level, paid, *days))
        *_, level, paid, low, middle, high = min(
            choices, default=(None, 0, *[None] * 5)
        )
        found.append((invoice, client, level, paid, low, middle, high))
    columns = ["invoice_id", "client_id", "basis", "comparable_invoice_count"]
    days = ["low_payment_date", "expected_payment_date", "high_payment_date"]
    found = pd.DataFrame(found, columns=[*columns, *days]).set_index("invoice_id")
    opened = opened.reindex(found.index)
    for day in days:
        found[day] = opened["due_date"] + pd.to_timedelta(found[day].astype(float), "D")
    return found.assign(cents=opened["open_cents"], age=opened["days_past_due"])


def recent_sales(ledger, documents, entries, as_of) -> tuple[int, int]:
    """Cents sold in the last 90 days net of credit notes, and those days."""
    age = (as_of - documents["invoice_date"]) / DAY
    credits = entries[entries["kind"] == "credit_note"]
    is_recent = (as_of - credits["date"]) / DAY < 90
    sold = documents["cents"][age < 90].sum() - credits["applied"][is_recent].sum()
    return int(sold), int(min(age.max() + 1, 90))


def scenario(items: pd.DataFrame, cohort, delay, rate, sales, as_of) -> tuple:
    """One scenario: its row, and its weeks."""
    items = items[items["client_id"].isin(cohort)]
    dated = items[items["expected_payment_date"].notna()]
    baseline = (dated["expected_payment_date"] - as_of) / DAY
    later = baseline + delay
    receipts = {
        name: dated["cents"].groupby(np.ceil(days / 7).astype(int)).sum()
        for name, days in {"baseline": baseline, "scenario": later}.items()
    }
    weeks = pd.DataFrame(receipts).fillna(0).astype(int)
    weeks["gap"] = weeks["scenario"] - weeks["baseline"]
    weeks["cumulative"] = weeks["gap"].cumsum()
    sold, span = sales
    row = {
        "outstanding_amount": items["cents"].sum() / 100,
        "delayed_amount": dated["cents"].sum() / 100,
        "peak_gap_amount": min(weeks["cumulative"].min(), 0) / 100 if len(weeks) else 0,
        "financing_cost_amount": cents(
            Decimal(int(dated["cents"].sum())) * delay * Decimal(rate) / 365
        )
        / 100,
        "client_count": items["client_id"].nunique(),
    }
    for day in (30, 60, 90):
        missing = dated["cents"][(baseline <= day) & (later > day)].sum()
        row[f"dso_change_day_{day}"] = missing / sold * span if sold > 0 else np.nan
    return row, weeks


def promised_by_invoice(ledger, documents, entries, as_of, grace=3) -> pd.Series:
    """Cents of each invoice for which a promise is not due yet."""
    requests = see(ledger, as_of).get("extension_requests")
    found = {}
    if requests is None:
        return pd.Series(dtype=int)
    requests = requests[requests["promised_date"].notna()]
    for (invoice, asked), rows in requests.groupby(["invoice_id", "request_date"]):
        own = entries[(entries["invoice_id"] == invoice) & (entries["kind"] == "cash")]
        before = entries[entries["invoice_id"] == invoice]
        before = before[before["date"] <= asked]["applied"].sum()
        was_open = documents["cents"][invoice] - before
        promised = rows["promised_amount"].fillna(was_open).astype(int)
        rows, promised = rows[promised > 0], promised[promised > 0]
        is_due = rows["promised_date"] + grace * DAY <= as_of
        if (~is_due).any():
            came = own["applied"][own["date"] > asked].sum()
            left = max(promised.sum() - came, 0)
            found[invoice] = min(promised[~is_due].sum(), left)
    return pd.Series(found, dtype=int)


def worklist(documents, promised, disputed, segment_of, paid_rates, response):
    """What can be collected of each client, and what contact is to bring."""
    rows = documents[documents["overdue_cents"] > 0].copy()
    rows["disputed"] = rows["overdue_cents"].where(rows.index.isin(disputed), 0)
    left = rows["overdue_cents"] - rows["disputed"]
    rows["promised"] = np.minimum(left, promised.reindex(rows.index).fillna(0))
    rows["collectible"] = left - rows["promised"]
    bucket = pd.cut(rows["days_past_due"], [-np.inf, *BUCKETS.values()], labels=BUCKETS)
    keys = zip(rows["client_id"].map(segment_of), bucket, strict=True)
    rates = [paid_rates.get(key, np.nan) for key in keys]
    rows["unpaid"] = [
        times(int(amount), 1 - (0 if np.isnan(rate) else rate))
        for amount, rate in zip(rows["collectible"], rates, strict=True)
    ]
    names = ["overdue_cents", "disputed", "promised", "collectible", "unpaid"]
    sums = rows.groupby("client_id")[names].sum().astype(int)
    sums["oldest"] = rows.groupby("client_id")["days_past_due"].max()
    sums["gain"] = [
        times(amount, response.get(client, 1))
        for client, amount in sums["unpaid"].items()
    ]
    return sums


def response_rates(ledger, documents, clients, as_of, prior=10, days=14) -> dict:
    """Answers to reminders, drawn towards all clients' as if ten more were sent."""
    if "reminders" not in ledger:
        return {}
    seen = see(ledger, as_of)
    reminders, cash = seen["reminders"], seen["payments"]
    cash = cash[(cash["kind"] == "cash") & (cash["amount"] > 0)]
    paid_on = cash.groupby("invoice_id")["payment_date"].apply(list).to_dict()
    sent, answered = dict.fromkeys(clients, 0), dict.fromkeys(clients, 0)
    for row in reminders.to_dict("records"):
        last = row["reminder_date"] + days * DAY
        stretches = documents["unanswerable"].get(row["invoice_id"], [])
        is_too_late = any(
            first < row["reminder_date"] and not row["reminder_date"] >= end
            for first, end in stretches
        )
        if last > as_of or is_too_late:
            continue
        replies = [row["response_date"], *paid_on.get(row["invoice_id"], [])]
        sent[row["client_id"]] += 1
        answered[row["client_id"]] += any(
            row["reminder_date"] <= reply <= last for reply in replies
        )
    whole = (sum(answered.values()) + 1) / (sum(sent.values()) + 2)
    return {c: (answered[c] + prior * whole) / (sent[c] + prior) for c in clients}
