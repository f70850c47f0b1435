"""The sample ledger's numbers a second time, from the definitions, in pandas.

Nothing here was translated from the SQL. Money is counted in whole cents.
"""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, SAMPLE, read_ledger

AS_OF = pd.Timestamp("2025-12-31")
LAST_PLAUSIBLE_DATE = pd.Timestamp("2049-12-31")
DAY = pd.Timedelta(days=1)
RATE_SCALE = 10**6
MARTS = {
    "core.invoices": ["invoice_id"],
    "features.client_features": ["client_id"],
    "kpis.segment_kpis": ["segment_code"],
    "kpis.dso": ["period_end_date", "level", "level_key", "method"],
}
FLAGS = ["is_open", "is_late_known", "is_late", "is_partially_paid", "is_disputed"]
BUCKETS = {"not_due": 0, "1_30": 30, "31_60": 60, "61_90": 90, "over_90": 10**6}


# The ledger, cleaned.


def with_types(rows: pd.DataFrame) -> pd.DataFrame:
    """Dates as dates, amounts as cents; what cannot be read is null."""
    rows = rows.copy()
    for column in rows:
        if column.endswith("_date") or column == "valid_from":
            dates = pd.to_datetime(rows[column], format="%Y-%m-%d", errors="coerce")
            rows[column] = dates.where(dates <= LAST_PLAUSIBLE_DATE)
        if column in ("amount", "credit_limit_amount"):
            cents = pd.to_numeric(rows[column], errors="coerce") * 100
            rows[column] = cents.round().astype("Int64")
    return rows


def without_duplicates(rows: pd.DataFrame, key: list, date: str) -> pd.DataFrame:
    """The earliest row of each key; rows without a key are none."""
    rows = rows[(rows[key].notna() & (rows[key] != "")).all(axis=1)]
    return rows.sort_values([date, *key], kind="stable").drop_duplicates(key)


def clean_ledger() -> dict[str, pd.DataFrame]:
    """The sample ledger without the rows that cannot be used."""
    raw = {name: with_types(rows) for name, rows in read_ledger(SAMPLE).items()}
    clients = without_duplicates(
        raw["clients"], ["client_id", "valid_from"], "valid_from"
    )
    rates = raw["exchange_rates"]
    rates["rate"] = (rates["rate_to_reporting"].astype(float) * RATE_SCALE).round()
    rates = rates[rates["rate"] > 0]
    currencies = {"EUR", *rates["currency_code"]}

    rows = raw["invoices"]
    rows = rows[rows["client_id"].isin(clients["client_id"]) & rows["amount"].ne(0)]
    rows = rows[rows["currency_code"].isin(currencies) & rows["amount"].notna()]
    rows = rows[rows["due_date"] >= rows["invoice_date"]]
    invoices = without_duplicates(rows, ["invoice_id"], "invoice_date")

    rows = raw["payments"]
    rows = rows[rows["client_id"].isin(clients["client_id"]) & rows["amount"].ne(0)]
    rows = rows[rows["amount"].notna() & rows["payment_date"].notna()]
    rows = rows[rows["invoice_id"].isin(["", *invoices["invoice_id"]])]
    issued = rows["invoice_id"].map(invoices.set_index("invoice_id")["invoice_date"])
    rows = rows[~(issued - rows["payment_date"] > 30 * DAY)]
    payments = without_duplicates(rows, ["payment_id"], "payment_date")

    known = {
        name: raw[name][raw[name]["invoice_id"].isin(invoices["invoice_id"])]
        for name in ("reminders", "disputes")
    }
    requests, limits = raw["extension_requests"], raw["credit_limits"]
    disputes = known["disputes"]
    return {
        "clients": clients,
        "exchange_rates": rates,
        "invoices": invoices,
        "payments": payments,
        "reminders": known["reminders"].dropna(subset=["reminder_date"]),
        "disputes": disputes[~(disputes["closed_date"] < disputes["opened_date"])],
        "extension_requests": requests[
            requests["client_id"].isin(clients["client_id"])
            & requests["request_date"].notna()
        ],
        "credit_limits": limits[limits["credit_limit_amount"] >= 0],
        "gl_balances": raw["gl_balances"],
    }


def in_force(rows: pd.DataFrame, key: str, date: str, day=AS_OF) -> pd.DataFrame:
    """The latest version of each key by a day."""
    rows = rows[rows[date] <= day].sort_values(date)
    return rows.drop_duplicates(key, keep="last").set_index(key)


def add_rates(rows: pd.DataFrame, rates: pd.DataFrame, date: str) -> pd.DataFrame:
    """The rate in force on each row's day, in millionths; the euro's is one."""
    rows = pd.merge_asof(
        rows.sort_values(date),
        rates.sort_values("rate_date")[["currency_code", "rate_date", "rate"]],
        left_on=date,
        right_on="rate_date",
        by="currency_code",
    )
    rows.loc[rows["currency_code"] == "EUR", "rate"] = RATE_SCALE
    return rows.astype({"rate": int, "amount": int})


def to_reporting(cents: int, rate: int) -> int:
    """Cents of the reporting currency, halves away from zero."""
    quotient = (2 * abs(cents) * rate + RATE_SCALE) // (2 * RATE_SCALE)
    return quotient if cents >= 0 else -quotient


# Documents and what was applied to them.


def undone_by(reversal: dict, earlier: list[dict]) -> dict:
    """The entry a reversal undoes: the latest of its amount, else the latest."""
    entries = [entry for entry in earlier if not entry["is_reversal"]]
    same = [entry for entry in entries if entry["amount"] == -reversal["amount"]]
    return (same or entries or [reversal])[-1]


def apply_entries(invoice: dict, payments: list[dict]) -> list[dict]:
    """The entries of a document in order, in both currencies."""
    entries, total, booked = [], 0, 0
    for payment in payments:
        entry = {
            "invoice_id": invoice["invoice_id"],
            "client_id": invoice["client_id"],
            "document_type": invoice["document_type"],
            "date": max(payment["payment_date"], invoice["invoice_date"]),
            "is_reversal": payment["kind"] == "reversal",
            "kind": payment["kind"],
            "amount": payment["amount"],
        }
        entry["days_late"] = (entry["date"] - invoice["due_date"]).days
        if entry["is_reversal"]:
            entry["amount"] = -abs(entry["amount"])
            undone = undone_by(entry, entries)
            entry |= {"kind": undone["kind"], "days_late": undone["days_late"]}
        total += entry["amount"]
        entry["applied"] = to_reporting(total, invoice["rate"]) - booked
        booked += entry["applied"]
        entries.append(entry)
    return entries


def is_within_tolerance(open_amount: int, amount: int) -> bool:
    """Within 1 % of the document and within 5.00, either way."""
    return abs(open_amount) * 100 <= abs(amount) and abs(open_amount) <= 500


def settled_stretches(invoice: dict, entries: list[dict]) -> list[list]:
    """First day and day of reopening of each stretch without an open amount."""
    stretches, is_settled = [], False
    by_day: dict = {}
    for entry in entries:
        if entry["kind"] != "write_off":
            by_day[entry["date"]] = by_day.get(entry["date"], 0) + entry["amount"]
    left = invoice["amount"]
    for day, amount in by_day.items():
        left -= amount
        was_settled, is_settled = (
            is_settled,
            is_within_tolerance(left, invoice["amount"]),
        )
        if is_settled and not was_settled:
            stretches.append([day, pd.NaT])
        if was_settled and not is_settled:
            stretches[-1][1] = day
    return stretches


def judge(invoice: dict, entries: list[dict], stretches: list[list]) -> dict:
    """How a document stands on the as-of date."""

    def applied(*kinds):
        return sum(e["applied"] for e in entries if e["kind"] in kinds)

    cash_count = sum(
        -1 if e["is_reversal"] else 1 for e in entries if e["kind"] == "cash"
    )
    open_amount = invoice["amount"] - sum(e["amount"] for e in entries)
    is_invoice = invoice["document_type"] == "invoice"
    is_open = not is_within_tolerance(open_amount, invoice["amount"])
    is_settled = bool(stretches) and pd.isna(stretches[-1][1])
    settled_date = stretches[-1][0] if is_settled else pd.NaT
    amount = to_reporting(invoice["amount"], invoice["rate"])
    paid, past_due = applied("cash"), (AS_OF - invoice["due_date"]).days
    days_late = (settled_date - invoice["due_date"]).days if is_settled else np.nan
    days_past_due = past_due if is_open else np.nan
    is_known = is_settled or (is_open and past_due > 0)
    known_days = (days_late if is_settled else days_past_due) if is_known else np.nan
    return invoice | {
        "document_amount": invoice["amount"] / 100,
        "open_document_amount": open_amount / 100,
        "invoice_amount": amount / 100,
        "paid_amount": paid / 100,
        "credited_amount": applied("credit_note", "discount") / 100,
        "discount_amount": applied("discount") / 100,
        "written_off_amount": applied("write_off") / 100,
        "outstanding_amount": (amount - sum(e["applied"] for e in entries)) / 100,
        "cents": amount,
        "open_cents": amount - sum(e["applied"] for e in entries),
        "credit_note_cents": applied("credit_note"),
        "settled_date": settled_date,
        "days_late": days_late,
        "days_past_due": days_past_due,
        "known_days": known_days,
        "aged_days": days_late if is_settled else days_past_due,
        "is_open": is_open,
        "is_late_known": is_known,
        "is_late": known_days > 0 if is_known else None,
        "is_partially_paid": cash_count > 1
        or (0 < paid < amount and is_invoice and not is_settled),
        "is_paid_or_due": cash_count > 0 or (is_open and past_due > 0),
    }


def read_documents(ledger: dict) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """Documents, entries and settled stretches as of the as-of date."""
    invoices = ledger["invoices"][ledger["invoices"]["invoice_date"] <= AS_OF]
    invoices = add_rates(invoices, ledger["exchange_rates"], "invoice_date")
    is_credit = invoices["document_type"] == "credit_note"
    invoices.loc[is_credit, "amount"] = -invoices["amount"].abs()
    payments = ledger["payments"][ledger["payments"]["payment_date"] <= AS_OF]
    payments = payments.sort_values(["payment_date", "payment_id"])
    payments = payments.astype({"amount": int})
    by_invoice: dict = {}
    for payment in payments.to_dict("records"):
        by_invoice.setdefault(payment["invoice_id"], []).append(payment)
    documents, applications, stretches = [], [], {}
    for invoice in invoices.to_dict("records"):
        entries = apply_entries(invoice, by_invoice.get(invoice["invoice_id"], []))
        stretches[invoice["invoice_id"]] = settled_stretches(invoice, entries)
        documents.append(judge(invoice, entries, stretches[invoice["invoice_id"]]))
        applications += entries
    documents = pd.DataFrame(documents)
    disputes = ledger["disputes"]
    disputes = disputes[disputes["opened_date"] <= AS_OF]
    disputes = disputes[~(disputes["closed_date"] <= AS_OF)]
    documents["is_disputed"] = documents["invoice_id"].isin(disputes["invoice_id"])
    return documents, pd.DataFrame(applications), stretches


# Behaviour of a group of documents: of a client, a segment or all.


def ratio(part, whole) -> float:
    """A share; null where there is nothing to divide by."""
    return part / whole if whole > 0 else np.nan


def spread(values: pd.Series) -> float:
    """Sample standard deviation; null below three."""
    return values.std(ddof=1) if len(values) >= 3 else np.nan


def money(documents: pd.DataFrame) -> dict:
    """Sums of amounts."""
    invoices = documents[documents["document_type"] == "invoice"]
    overdue = invoices[invoices["days_past_due"] > 0]
    net = documents["cents"].sum() - documents["credit_note_cents"].sum()
    return {
        "total_invoiced_amount": net / 100,
        "outstanding_amount": documents["open_cents"].sum() / 100,
        "overdue_amount": overdue["open_cents"].sum() / 100,
    }


def weighted_days_late(invoices: pd.DataFrame, applications: pd.DataFrame) -> float:
    """Days late by amount, each entry by its own, overdue remainders by theirs."""
    entries = applications[
        (applications["document_type"] == "invoice")
        & (applications["kind"] != "write_off")
    ]
    overdue = invoices[invoices["days_past_due"] > 0]
    days = (entries["applied"] * entries["days_late"]).sum()
    days += (overdue["open_cents"] * overdue["days_past_due"]).sum()
    return ratio(days, entries["applied"].sum() + overdue["open_cents"].sum())


def ageing(invoices: pd.DataFrame) -> dict:
    """Shares of invoices, by count and by amount, in each bucket of days."""
    aged = invoices[invoices["aged_days"].notna()]
    shares, low = {}, -(10**6)
    for bucket, high in BUCKETS.items():
        inside = aged[(aged["aged_days"] > low) & (aged["aged_days"] <= high)]
        shares[f"aging_{bucket}_share"] = ratio(len(inside), len(aged))
        amount_share = ratio(inside["cents"].sum(), aged["cents"].sum())
        shares[f"aging_{bucket}_amount_share"] = amount_share
        low = high
    return shares


def behavior(documents: pd.DataFrame, applications: pd.DataFrame) -> dict:
    """What a group's documents say of how it pays."""
    invoices = documents[documents["document_type"] == "invoice"]
    known = invoices[invoices["known_days"].notna()]
    days, amounts = known["known_days"].astype(float), invoices["invoice_amount"]
    weights = 0.5 ** ((AS_OF - known["invoice_date"]) / DAY / 180)
    late, judged = int((days > 0).sum()), invoices[invoices["is_paid_or_due"]]
    months = ((AS_OF - invoices["invoice_date"].min()) / DAY + 1) * 12 / 365.25
    cv = spread(days) / abs(days.mean()) if abs(days.mean()) > 5 else np.nan
    return {
        **money(documents),
        **ageing(invoices),
        "avg_invoice_amount": amounts.mean(),
        "stddev_invoice_amount": spread(amounts),
        "avg_overdue_exposure_amount": known[days > 0]["invoice_amount"].mean(),
        "invoice_count": len(invoices),
        "known_outcome_count": len(known),
        "late_count": late,
        "avg_days_late": days.mean(),
        "median_days_late": days.median(),
        "max_days_late": days.max(),
        "stddev_days_late": spread(days),
        "payment_consistency_index": spread(days),
        "payment_consistency_cv": cv,
        "recency_weighted_days_late": ratio((weights * days).sum(), weights.sum()),
        "weighted_avg_days_late": weighted_days_late(invoices, applications),
        "on_time_rate": ratio(len(known) - late, len(known)),
        "late_rate": ratio(late, len(known)),
        "severely_late_rate": ratio((days > 30).sum(), len(known)),
        "partial_payment_ratio": ratio(judged["is_partially_paid"].sum(), len(judged)),
        "invoice_velocity": ratio(len(invoices), months),
    }


# What is not on the documents.


def unapplied_cents(ledger: dict, documents: pd.DataFrame) -> pd.Series:
    """Cash for no document, or for one not yet issued, by client."""
    payments = ledger["payments"]
    rows = payments[payments["payment_date"] <= AS_OF]
    rows = rows[~rows["invoice_id"].isin(documents["invoice_id"])]
    rows = add_rates(rows, ledger["exchange_rates"], "payment_date")
    cents = [
        to_reporting(*pair) for pair in zip(rows["amount"], rows["rate"], strict=True)
    ]
    return pd.Series(cents, index=rows["client_id"]).groupby(level=0).sum()


def reminder_rates(ledger: dict, applications: pd.DataFrame, stretches: dict):
    """Answered over eligible reminders, by client."""
    cash = applications[(applications["kind"] == "cash") & ~applications["is_reversal"]]
    paid = cash.groupby("invoice_id")["date"].agg(list).to_dict()
    answers: dict = {}
    for reminder in ledger["reminders"].to_dict("records"):
        sent, last = reminder["reminder_date"], reminder["reminder_date"] + 14 * DAY
        spans = stretches.get(reminder["invoice_id"], [])
        is_settled = any(start < sent and not end <= sent for start, end in spans)
        if last > AS_OF or is_settled:
            continue
        days = [*paid.get(reminder["invoice_id"], []), reminder["response_date"]]
        is_answered = any(sent <= day <= last for day in days)
        answers.setdefault(reminder["client_id"], []).append(is_answered)
    return pd.Series(
        {client: np.mean(answered) for client, answered in answers.items()}
    )


def monthly_movements(documents: pd.DataFrame, applications: pd.DataFrame):
    """Sales and change of the open amount, in cents, by client and month."""
    credit = applications["applied"].where(applications["kind"] == "credit_note", 0)
    billed = documents[["client_id"]].assign(
        date=documents["invoice_date"],
        sales=documents["cents"],
        change=documents["cents"],
    )
    settled = applications[["client_id", "date"]].assign(
        sales=-credit, change=-applications["applied"]
    )
    moved = pd.concat([billed, settled])
    moved["month"] = moved["date"] + pd.offsets.MonthEnd(0)
    return moved.groupby(["client_id", "month"])[["sales", "change"]].sum()


def velocities(movements: pd.DataFrame, limits: pd.DataFrame) -> pd.Series:
    """Least-squares slope of utilisation over six month-ends, points a month."""
    months = pd.date_range(end=AS_OF, periods=6, freq="ME")
    balances = movements["change"].unstack("month", fill_value=0).cumsum(axis=1)
    points: dict = {}
    for position, month in enumerate(months):
        limit = in_force(limits, "client_id", "valid_from", month)[
            "credit_limit_amount"
        ]
        for client, cents in limit[limit > 0].items():
            if client in balances.index:
                share = balances.loc[client, month] / cents * 100
                points.setdefault(client, []).append((position, share))
    return pd.Series(
        {
            c: np.polyfit(*zip(*p, strict=True), 1)[0]
            for c, p in points.items()
            if len(p) > 2
        }
    )


def client_features(ledger, documents, applications, stretches) -> pd.DataFrame:
    """One row per client with a document or a payment."""
    payments = ledger["payments"]
    payers = payments[payments["payment_date"] <= AS_OF]["client_id"]
    rows = {
        client: behavior(
            documents[documents["client_id"] == client],
            applications[applications["client_id"] == client],
        )
        for client in sorted({*documents["client_id"], *payers})
    }
    clients = pd.DataFrame.from_dict(rows, orient="index")
    portfolio_rate = clients["late_count"].sum() / clients["known_outcome_count"].sum()
    shrunk = clients["late_count"] + 10 * portfolio_rate
    clients["shrunk_late_rate"] = shrunk / (clients["known_outcome_count"] + 10)
    unapplied = unapplied_cents(ledger, documents)
    clients["unapplied_amount"] = unapplied.reindex(clients.index, fill_value=0) / 100
    requests = ledger["extension_requests"]
    requests = requests[requests["request_date"] <= AS_OF].groupby("client_id").size()
    clients["negotiation_count"] = requests.reindex(clients.index, fill_value=0)
    invoices = clients["invoice_count"].where(clients["invoice_count"] > 0)
    clients["negotiation_rate"] = clients["negotiation_count"] / invoices
    limits = ledger["credit_limits"]
    limit = in_force(limits, "client_id", "valid_from")["credit_limit_amount"]
    limit = limit[limit > 0].astype(float) / 100
    clients["credit_utilization"] = clients["outstanding_amount"] / limit
    movements = monthly_movements(documents, applications)
    clients["credit_utilization_velocity"] = velocities(movements, limits)
    rates = reminder_rates(ledger, applications, stretches)
    clients["reminder_response_rate"] = rates
    master = in_force(ledger["clients"], "client_id", "valid_from")
    ranks = {"small": 1, "medium": 2, "large": 3, "enterprise": 4}
    clients["company_size_rank"] = master["company_size"].map(ranks)
    return clients.rename_axis("client_id")


# Levels above the client.


def count_back(months: pd.DataFrame, receivables: int) -> dict:
    """Days of the latest sales that the receivables stand for."""
    left, days, sales, reached = receivables, 0.0, 0, 0
    if receivables < 0:
        return {
            "sales_amount": 0,
            "period_days": 0,
            "dso": np.nan,
            "unconsumed_amount": 0,
        }
    for month in months[::-1].itertuples():
        if left <= 0:
            break
        eaten = min(left, max(month.sales, 0))
        days += month.days * (eaten / month.sales if eaten else 1)
        left, sales, reached = left - eaten, sales + month.sales, reached + month.days
    return {
        "sales_amount": sales / 100,
        "period_days": reached,
        "dso": days,
        "unconsumed_amount": left / 100,
    }


def divided(months: pd.DataFrame, receivables: int) -> dict:
    """Receivables over the sales of some months, times their days."""
    sales, days = months["sales"].sum(), months["days"].sum()
    return {
        "sales_amount": sales / 100,
        "period_days": days,
        "dso": ratio(receivables * days, sales),
        "unconsumed_amount": np.nan,
    }


def dso(movements: pd.DataFrame, segment_of: pd.Series) -> pd.DataFrame:
    """All methods, levels and period ends."""
    months = movements.index.get_level_values("month")
    months = pd.date_range(months.min(), AS_OF, freq="ME")
    levels = {("portfolio", "all"): segment_of.index}
    for segment, clients in segment_of.groupby(segment_of):
        levels["segment", segment] = clients.index
    rows = []
    for (level, key), clients in levels.items():
        moved = movements[movements.index.get_level_values("client_id").isin(clients)]
        moved = moved.groupby("month").sum().reindex(months, fill_value=0)
        moved["days"] = moved.index.days_in_month
        balance = moved["change"].cumsum()
        for end in months:
            past, receivables = moved.loc[:end], int(balance[end])
            for method, values in {
                "simple": divided(past[-1:], receivables),
                "rolling_3_months": divided(past[-3:], receivables),
                "count_back": count_back(past, receivables),
            }.items():
                row = dict(
                    zip(MARTS["kpis.dso"], (end, level, key, method), strict=True)
                )
                rows.append(row | {"receivables_amount": receivables / 100} | values)
    return pd.DataFrame(rows).set_index(MARTS["kpis.dso"])


def segment_kpis(clients, documents, applications, segment_of, days_sales):
    """One row per segment of the playbook."""
    playbook = pd.read_csv(PROJECT / "seeds" / "reference" / "playbook.csv")
    rows, total = {}, round(clients["outstanding_amount"].sum(), 2)
    for segment in playbook["segment_code"]:
        members = segment_of.index[segment_of == segment]
        own = documents[documents["client_id"].isin(members)]
        entries = applications[applications["client_id"].isin(members)]
        row = behavior(own, entries)
        paid = own[own["settled_date"].notna() & (own["paid_amount"] > 0)]
        row["unapplied_amount"] = round(
            clients.loc[members, "unapplied_amount"].sum(), 2
        )
        row["client_count"] = len(members)
        row["client_share"] = len(members) / len(clients)
        row["avg_outstanding_amount"] = ratio(row["outstanding_amount"], len(members))
        row["outstanding_share"] = row["outstanding_amount"] / total
        row["days_to_collect"] = (
            paid["settled_date"] - paid["invoice_date"]
        ).mean() / DAY
        key = (AS_OF, "segment", segment, "rolling_3_months")
        row["dso"] = days_sales["dso"].get(key, np.nan)
        rows[segment] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("segment_code")


# The comparison.


@pytest.fixture(scope="module")
def ledger():
    return clean_ledger()


@pytest.fixture(scope="module")
def ours(sample_build, ledger) -> dict[str, pd.DataFrame]:
    segment_of = sample_build.query("from segments.client_segments")
    segment_of = segment_of.set_index("client_id")["segment_code"]
    documents, applications, stretches = read_documents(ledger)
    clients = client_features(ledger, documents, applications, stretches)
    days_sales = dso(monthly_movements(documents, applications), segment_of)
    return {
        "core.invoices": documents.set_index("invoice_id"),
        "features.client_features": clients,
        "kpis.segment_kpis": segment_kpis(
            clients, documents, applications, segment_of, days_sales
        ),
        "kpis.dso": days_sales,
    }


@pytest.fixture(scope="module")
def theirs(sample_build) -> dict[str, pd.DataFrame]:
    return {
        mart: sample_build.query(f"from {mart}").set_index(key)
        for mart, key in MARTS.items()
    }


def assert_same(ours: pd.Series, theirs: pd.Series) -> None:
    """The same values under the same keys; the first that differ are shown."""
    assert set(ours.index) == set(theirs.index)
    pair = pd.DataFrame({"reference": ours, "mart": theirs})
    if pd.api.types.is_float_dtype(theirs.dtype):
        pair = pair.astype(float)
        is_same = np.isclose(*pair.to_numpy().T, rtol=1e-9, atol=1e-9, equal_nan=True)
    else:
        is_null = pair.isna()
        is_same = (pair["reference"] == pair["mart"]) | is_null.all(axis=1)
    wrong = pair[~np.asarray(is_same, dtype=bool)]
    assert wrong.empty, f"{len(wrong)} of {len(pair)} differ:\n{wrong.head(10)}"


def test_cleaning_leaves_out_as_many_rows_as_were_planted(ledger):
    planted = pd.read_csv(PROJECT / "benchmarks" / "sample_bad_rows.csv")
    dropped = {
        name: len(rows) - len(ledger[name])
        for name, rows in read_ledger(SAMPLE).items()
        if len(rows) > len(ledger[name])
    }
    assert dropped == planted["ledger_table"].value_counts().to_dict()


def described_columns() -> list[tuple]:
    """Columns to compare: the marts' numeric ones, and what is said of an invoice."""
    columns = [("core.invoices", column) for column in ["settled_date", *FLAGS]]
    for file in sorted((PROJECT / "models").rglob("_*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            for mart in MARTS:
                if mart.endswith("." + model["name"]):
                    columns += [
                        (mart, column["name"])
                        for column in model["columns"]
                        if column["data_type"].startswith(("decimal", "double", "int"))
                    ]
    return columns


def test_no_numeric_column_of_a_mart_is_forgotten(sample_build):
    names = sample_build.query(
        "select table_schema || '.' || table_name as mart, column_name "
        "from information_schema.columns where numeric_precision is not null"
    )
    names = names[names["mart"].isin(MARTS)]
    assert set(names.itertuples(index=False, name=None)) <= set(described_columns())


@pytest.mark.parametrize("mart, column", described_columns())
def test_a_column_of_a_mart_is_what_its_definition_says(ours, theirs, mart, column):
    assert_same(ours[mart][column], theirs[mart][column])
