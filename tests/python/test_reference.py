"""The sample ledger's numbers a second time, from their definitions, in pandas.

Written from the definitions, not translated from the SQL; where these are
silent, a comment says "as built". Money is in whole cents, rates in millionths.
"""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, SAMPLE, read_ledger

AS_OF = pd.Timestamp("2025-12-31")
DAY = pd.Timedelta(days=1)
MARTS = {
    "core.invoices": ["invoice_id"],
    "features.client_features": ["client_id"],
    "kpis.segment_kpis": ["segment_code"],
    "kpis.dso": ["period_end_date", "level", "level_key", "method"],
}
FLAGS = ["is_open", "is_late_known", "is_late", "is_partially_paid", "is_disputed"]
BUCKETS = {"not_due": 0, "1_30": 30, "31_60": 60, "61_90": 90, "over_90": 10**6}
SIZES = {"small": 1, "medium": 2, "large": 3, "enterprise": 4}


# The ledger, cleaned and seen as of the day.


def read_types(rows: pd.DataFrame) -> pd.DataFrame:
    """Dates as dates, amounts as cents, rates as millionths; null if unreadable."""
    rows = rows.copy()
    for column in rows:
        if column.endswith("_date") or column == "valid_from":
            dates = pd.to_datetime(rows[column], format="%Y-%m-%d", errors="coerce")
            rows[column] = dates.where(dates < "2050-01-01")
        if column in ("amount", "credit_limit_amount", "rate_to_reporting"):
            scale = 10**6 if column == "rate_to_reporting" else 100
            numbers = pd.to_numeric(rows[column], errors="coerce") * scale
            rows[column] = numbers.round().astype("Int64")
    return rows


def keep_first(rows: pd.DataFrame, key: str, date: str) -> pd.DataFrame:
    """The earliest row of each id; a row without id or date is none."""
    rows = rows[(rows[key] != "") & rows[date].notna()]
    return rows.sort_values([date, key], kind="stable").drop_duplicates(key)


def clean_ledger() -> dict[str, pd.DataFrame]:
    """The sample ledger without the rows that cannot be used."""
    ledger = {name: read_types(rows) for name, rows in read_ledger(SAMPLE).items()}
    clients = ledger["clients"][ledger["clients"]["client_id"] != ""]
    clients = clients.drop_duplicates(["client_id", "valid_from"])
    rates = ledger["exchange_rates"].query("rate_to_reporting > 0")
    rows = ledger["invoices"].query("amount != 0 and due_date >= invoice_date")
    rows = rows[rows["currency_code"].isin(["EUR", *rates["currency_code"]])]
    rows = rows[rows["client_id"].isin(clients["client_id"])]
    invoices = keep_first(rows, "invoice_id", "invoice_date")
    rows = ledger["payments"].query("amount != 0")
    rows = rows[rows["client_id"].isin(clients["client_id"])]
    rows = rows[rows["invoice_id"].isin(["", *invoices["invoice_id"]])]
    issued = rows["invoice_id"].map(invoices.set_index("invoice_id")["invoice_date"])
    rows = rows[~(issued - rows["payment_date"] > 30 * DAY)]
    ledger |= {
        "clients": clients,
        "exchange_rates": rates,
        "invoices": invoices,
        "payments": keep_first(rows, "payment_id", "payment_date"),
        "credit_limits": ledger["credit_limits"].query("credit_limit_amount >= 0"),
        "disputes": ledger["disputes"].query("not closed_date < opened_date"),
        "reminders": ledger["reminders"].query("reminder_date == reminder_date"),
    }
    for name in ("disputes", "reminders"):
        is_known = ledger[name]["invoice_id"].isin(invoices["invoice_id"])
        ledger[name] = ledger[name][is_known]
    requests = ledger["extension_requests"]
    is_known = requests["client_id"].isin(clients["client_id"])
    ledger["extension_requests"] = requests[is_known]
    return ledger


def see(ledger: dict) -> dict[str, pd.DataFrame]:
    """What the ledger showed on the as-of date, with rates on amounts."""
    seen = {}
    for name, rows in ledger.items():
        date = next(c for c in rows if c.endswith("_date") or c == "valid_from")
        rows = rows[rows[date] <= AS_OF].sort_values(date)
        if "amount" in rows:
            rates = ledger["exchange_rates"].rename(columns={"rate_date": date})
            rates = rates.rename(columns={"rate_to_reporting": "rate"})
            rows = pd.merge_asof(
                rows, rates.sort_values(date), on=date, by="currency_code"
            )
            rows.loc[rows["currency_code"] == "EUR", "rate"] = 10**6
            rows = rows.astype({"rate": int, "amount": int})
        seen[name] = rows
    return seen


def in_force(rows: pd.DataFrame, day=AS_OF) -> pd.DataFrame:
    """The latest version of each client by a day."""
    rows = rows[rows["valid_from"] <= day].sort_values("valid_from")
    return rows.drop_duplicates("client_id", keep="last").set_index("client_id")


def convert(cents: int, rate: int) -> int:
    """Cents of the reporting currency, halves away from zero."""
    quotient = (2 * abs(cents) * rate + 10**6) // (2 * 10**6)
    return quotient if cents >= 0 else -quotient


# Documents and what was applied to them.


def apply_payments(invoice: dict, payments: list[dict]) -> list[dict]:
    """A document's entries in order; a reversal takes over what it undoes."""
    entries, total = [], 0
    for payment in payments:
        entry = {name: invoice[name] for name in ("invoice_id", "client_id")}
        entry |= {"kind": payment["kind"], "sign": 1, "amount": payment["amount"]}
        entry["date"] = max(payment["payment_date"], invoice["invoice_date"])
        entry["days_late"] = (entry["date"] - invoice["due_date"]).days
        if payment["kind"] == "reversal":
            earlier = [undone for undone in entries if undone["sign"] > 0]
            same = [undone for undone in earlier if undone["amount"] == entry["amount"]]
            undone = (same or earlier)[-1]
            entry |= {"sign": -1, "amount": -abs(entry["amount"])}
            entry |= {"kind": undone["kind"], "days_late": undone["days_late"]}
        booked = convert(total, invoice["rate"])
        total += entry["amount"]
        entry["applied"] = convert(total, invoice["rate"]) - booked
        entries.append(entry)
    return entries


def settled_stretches(invoice: dict, entries: list[dict]) -> list[list]:
    """First day and day of reopening of each stretch in which it stood settled."""
    # as built: a credit note is never settled, late or past due
    if invoice["document_type"] != "invoice":
        return []
    by_day, stretches, left = {}, [], invoice["amount"]
    for entry in entries:
        if entry["kind"] != "write_off":
            by_day[entry["date"]] = by_day.get(entry["date"], 0) + entry["amount"]
    for day, amount in by_day.items():
        was_settled = bool(stretches) and pd.isna(stretches[-1][1])
        left -= amount
        # as built: an overpaid invoice is settled, too
        is_settled = left <= min(invoice["amount"] / 100, 500)
        if is_settled and not was_settled:
            stretches.append([day, pd.NaT])
        if was_settled and not is_settled:
            stretches[-1][1] = day
    return stretches


def read_documents(seen: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Documents with their settled stretches, and the entries applied to them."""
    documents, by_invoice, entries = seen["invoices"].copy(), {}, []
    is_invoice = documents["document_type"] == "invoice"
    documents["amount"] *= np.where(is_invoice, 1, -1)
    payments = seen["payments"].sort_values(["payment_date", "payment_id"])
    for payment in payments.to_dict("records"):
        by_invoice.setdefault(payment["invoice_id"], []).append(payment)
    stretches = []
    for invoice in documents.to_dict("records"):
        own = apply_payments(invoice, by_invoice.get(invoice["invoice_id"], []))
        stretches.append(settled_stretches(invoice, own))
        entries += own
    documents["stretches"] = stretches
    documents["settled_date"] = pd.to_datetime(
        [own[-1][0] if own and pd.isna(own[-1][1]) else pd.NaT for own in stretches]
    )
    documents = documents.set_index("invoice_id")
    entries = pd.DataFrame(entries)
    is_invoice.index = documents.index
    entries["is_invoice"] = entries["invoice_id"].map(is_invoice)
    return judge(documents, entries, seen["disputes"]), entries


def judge(documents, entries, disputes) -> pd.DataFrame:
    """How each document stands on the as-of date."""
    d = documents.copy()
    sums = entries.groupby(["invoice_id", "kind"])["applied"].sum().unstack()
    sums = sums.reindex(d.index).fillna(0).astype(int)
    cash = entries[entries["kind"] == "cash"].groupby("invoice_id")["sign"].sum()
    cash = cash.reindex(d.index, fill_value=0)
    applied = entries.groupby("invoice_id")["amount"].sum()
    left = d["amount"] - applied.reindex(d.index, fill_value=0)
    is_invoice, is_settled = d["document_type"] == "invoice", d["settled_date"].notna()
    d["cents"] = [convert(*pair) for pair in zip(d["amount"], d["rate"], strict=True)]
    d["open_cents"] = d["cents"] - sums.sum(axis=1)
    d["net_cents"] = d["cents"] - sums["credit_note"]
    for name, cents in {
        "document": d["amount"],
        "open_document": left,
        "invoice": d["cents"],
        "outstanding": d["open_cents"],
        "paid": sums["cash"],
        "written_off": sums["write_off"],
        "credited": sums["credit_note"] + sums["discount"],
        "discount": sums["discount"],
    }.items():
        d[f"{name}_amount"] = cents / 100
    is_left = left.abs() > np.minimum(d["amount"].abs() / 100, 500)
    d["is_open"] = is_left & ~is_settled
    d["days_late"] = (d["settled_date"] - d["due_date"]).dt.days
    past_due = (AS_OF - d["due_date"]).dt.days
    d["days_past_due"] = past_due.where(d["is_open"] & is_invoice)
    d["aged_days"] = d["days_late"].fillna(d["days_past_due"])
    is_overdue = d["days_past_due"] > 0
    d["overdue_cents"] = d["open_cents"].where(is_overdue, 0)
    d["is_late_known"] = is_settled | is_overdue
    d["known_days"] = d["aged_days"].where(d["is_late_known"])
    d["is_late"] = (d["known_days"] > 0).astype(object).where(d["is_late_known"], None)
    is_part = ~is_settled & (d["paid_amount"] > 0)
    d["is_partially_paid"] = is_invoice & ((cash > 1) | is_part)
    d["is_paid_or_due"] = (cash > 0) | is_overdue
    is_standing = ~(disputes["closed_date"] <= AS_OF)
    d["is_disputed"] = d.index.isin(disputes[is_standing]["invoice_id"])
    return d


# How a group of documents pays: of a client or of a segment.


def ratio(part, whole) -> float:
    """A quotient; null where there is nothing to divide by."""
    return part / whole if whole > 0 else np.nan


def spread(values: pd.Series) -> float:
    """Sample standard deviation; null below three."""
    return values.std() if len(values) >= 3 else np.nan


def behavior(documents: pd.DataFrame, entries: pd.DataFrame) -> dict:
    """What a group's documents and entries say of it."""
    invoices = documents[documents["document_type"] == "invoice"]
    known = invoices[invoices["is_late_known"]]
    aged, judged = (
        invoices.dropna(subset="aged_days"),
        invoices[invoices["is_paid_or_due"]],
    )
    weighed = entries[entries["is_invoice"] & (entries["kind"] != "write_off")]
    days, late = known["known_days"], int((known["known_days"] > 0).sum())
    weights = 0.5 ** ((AS_OF - known["invoice_date"]) / DAY / 180)
    amount_days = (weighed["applied"] * weighed["days_late"]).sum()
    amount_days += (invoices["overdue_cents"] * invoices["days_past_due"]).sum()
    # as built: a month has 30.4375 days, and the first counts whole
    months = max((AS_OF - invoices["invoice_date"].min()) / DAY / (365.25 / 12), 1)
    row = {
        "total_invoiced_amount": documents["net_cents"].sum() / 100,
        "outstanding_amount": documents["open_cents"].sum() / 100,
        "overdue_amount": documents["overdue_cents"].sum() / 100,
        "avg_invoice_amount": invoices["invoice_amount"].mean(),
        "stddev_invoice_amount": spread(invoices["invoice_amount"]),
        "avg_overdue_exposure_amount": known[days > 0]["invoice_amount"].mean(),
        "invoice_count": len(invoices),
        "known_outcome_count": len(known),
        "late_count": late,
        "avg_days_late": days.mean(),
        "median_days_late": days.median(),
        "max_days_late": days.max(),
        "stddev_days_late": spread(days),
        "payment_consistency_index": spread(days),
        "payment_consistency_cv": ratio(
            spread(days), abs(days.mean()) if abs(days.mean()) > 5 else np.nan
        ),
        "recency_weighted_days_late": ratio((weights * days).sum(), weights.sum()),
        "weighted_avg_days_late": ratio(
            amount_days, weighed["applied"].sum() + invoices["overdue_cents"].sum()
        ),
        "on_time_rate": ratio(len(known) - late, len(known)),
        "late_rate": ratio(late, len(known)),
        "severely_late_rate": ratio((days > 30).sum(), len(known)),
        "partial_payment_ratio": ratio(judged["is_partially_paid"].sum(), len(judged)),
        "invoice_velocity": ratio(len(invoices), months),
    }
    low = -np.inf
    for bucket, high in BUCKETS.items():
        inside = aged[(aged["aged_days"] > low) & (aged["aged_days"] <= high)]
        row[f"aging_{bucket}_share"] = ratio(len(inside), len(aged))
        amount_share = ratio(inside["cents"].sum(), aged["cents"].sum())
        row[f"aging_{bucket}_amount_share"] = amount_share
        low = high
    return row


# What is not on the documents.


def unapplied_cents(seen: dict, documents: pd.DataFrame) -> pd.Series:
    """Cash for no document, or for one not yet issued, by client."""
    rows = seen["payments"][~seen["payments"]["invoice_id"].isin(documents.index)]
    cents = [convert(*pair) for pair in zip(rows["amount"], rows["rate"], strict=True)]
    return pd.Series(cents, index=rows["client_id"]).groupby(level=0).sum()


def reminder_rates(reminders, documents, entries) -> pd.Series:
    """Reminders paid or replied to in 14 days over those that could be."""
    cash = entries[(entries["kind"] == "cash") & (entries["sign"] > 0)]
    paid, answers = cash.groupby("invoice_id")["date"].agg(list).to_dict(), {}
    for reminder in reminders.to_dict("records"):
        invoice, sent = reminder["invoice_id"], reminder["reminder_date"]
        last = sent + 14 * DAY
        stretches = documents["stretches"].get(invoice, [])
        if last <= AS_OF and not any(a < sent and not b <= sent for a, b in stretches):
            days = [*paid.get(invoice, []), reminder["response_date"]]
            is_answered = any(sent <= day <= last for day in days)
            answers.setdefault(reminder["client_id"], []).append(is_answered)
    return pd.Series({client: np.mean(flags) for client, flags in answers.items()})


def monthly_movements(documents, entries) -> pd.DataFrame:
    """Net sales and change of the open amount, by client and month."""
    billed = documents[["client_id", "invoice_date", "cents"]]
    billed = billed.set_axis(["client_id", "date", "change"], axis=1)
    applied = entries[["client_id", "date"]].assign(change=-entries["applied"])
    is_credit = entries["kind"] == "credit_note"
    billed["sales"] = billed["change"]
    applied["sales"] = applied["change"].where(is_credit, 0)
    moved = pd.concat([billed, applied])
    moved["month"] = (moved["date"] + pd.offsets.MonthEnd(0)).clip(upper=AS_OF)
    return moved.groupby(["client_id", "month"])[["sales", "change"]].sum()


def credit_velocities(movements: pd.DataFrame, limits: pd.DataFrame) -> pd.Series:
    """Slope of utilisation over six month-ends, percentage points a month."""
    open_cents = movements["change"].unstack("month").fillna(0).cumsum(axis=1)
    points: dict = {}
    for x, month in enumerate(pd.date_range(end=AS_OF, periods=6, freq="ME")):
        for client, limit in in_force(limits, month)["credit_limit_amount"].items():
            if limit > 0 and client in open_cents.index:
                y = 100 * open_cents.loc[client, :month].iloc[-1] / limit
                points.setdefault(client, []).append((x, y))
    lines = {c: np.polyfit(*np.array(p).T, 1) for c, p in points.items() if len(p) > 2}
    return pd.Series({client: line[0] for client, line in lines.items()})


def client_features(seen, documents, entries, movements) -> pd.DataFrame:
    """One row per client with a document or a payment."""
    ids = sorted({*documents["client_id"], *seen["payments"]["client_id"]})
    owners, payers = documents["client_id"], entries["client_id"]
    rows = [behavior(documents[owners == i], entries[payers == i]) for i in ids]
    f = pd.DataFrame(rows, index=ids)
    portfolio_rate = f["late_count"].sum() / f["known_outcome_count"].sum()
    shrunk = f["late_count"] + 10 * portfolio_rate
    f["shrunk_late_rate"] = shrunk / (f["known_outcome_count"] + 10)
    unapplied = unapplied_cents(seen, documents)
    f["unapplied_amount"] = unapplied.reindex(ids, fill_value=0) / 100
    requests = seen["extension_requests"].groupby("client_id").size()
    f["negotiation_count"] = requests.reindex(ids, fill_value=0)
    invoice_count = f["invoice_count"].replace(0, np.nan)
    f["negotiation_rate"] = f["negotiation_count"] / invoice_count
    limit = in_force(seen["credit_limits"])["credit_limit_amount"].astype(float)
    f["credit_utilization"] = f["outstanding_amount"] * 100 / limit.where(limit > 0)
    velocities = credit_velocities(movements, seen["credit_limits"])
    f["credit_utilization_velocity"] = velocities
    rates = reminder_rates(seen["reminders"], documents, entries)
    f["reminder_response_rate"] = rates
    f["company_size_rank"] = in_force(seen["clients"])["company_size"].map(SIZES)
    return f


# Levels above the client.


def divide(months: pd.DataFrame, receivables: int) -> tuple:
    """Receivables over the sales of some months, times their days."""
    sales, days = months["sales"].sum(), months["days"].sum()
    return sales / 100, days, ratio(receivables * days, sales), 0


def count_back(months: pd.DataFrame, receivables: int) -> tuple:
    """The latest months are eaten first; the last one needed in proportion."""
    left, sales, reached, days = max(receivables, 0), 0, 0, 0
    for month in months[::-1].itertuples():
        if left > 0:
            eaten = min(left, max(month.sales, 0))
            days += month.days * (eaten / month.sales if eaten else 1)
            left -= eaten
            sales, reached = sales + max(month.sales, 0), reached + month.days
    return sales / 100, reached, days if receivables >= 0 else np.nan, left / 100


def days_sales_outstanding(movements, segment_of: pd.Series) -> pd.DataFrame:
    """All methods, levels and period ends."""
    first = movements.index.unique("month").min()
    months = pd.date_range(first, AS_OF, freq="ME").union([AS_OF])
    levels = {("portfolio", "all"): segment_of.index}
    levels |= {("segment", s): c.index for s, c in segment_of.groupby(segment_of)}
    rows = []
    for level, clients in levels.items():
        own = movements[movements.index.get_level_values("client_id").isin(clients)]
        own = own.groupby("month").sum().reindex(months, fill_value=0)
        own["days"], balance = own.index.day, own["change"].cumsum()
        for end in months:
            past, owed = own.loc[:end], int(balance[end])
            simple, rolling = divide(past[-1:], owed), divide(past[-3:], owed)
            methods = {"simple": simple, "rolling_3_months": rolling}
            methods["count_back"] = count_back(past, owed)
            for method, values in methods.items():
                rows.append((end, *level, method, owed / 100, *values))
    measures = ["receivables_amount", "sales_amount", "period_days", "dso"]
    measures.append("unconsumed_amount")
    rows = pd.DataFrame(rows, columns=[*MARTS["kpis.dso"], *measures])
    return rows.set_index(MARTS["kpis.dso"])


def segment_kpis(clients, documents, entries, segment_of, dso) -> pd.DataFrame:
    """One row per segment of the playbook."""
    playbook = pd.read_csv(PROJECT / "seeds" / "reference" / "playbook.csv")
    rows = {}
    for segment in playbook["segment_code"]:
        ids = segment_of.index[segment_of == segment]
        own = documents[documents["client_id"].isin(ids)]
        row = behavior(own, entries[entries["client_id"].isin(ids)])
        paid = own[own["settled_date"].notna() & (own["paid_amount"] > 0)]
        to_collect = (paid["settled_date"] - paid["invoice_date"]) / DAY
        owed, all_owed = own["open_cents"].sum(), documents["open_cents"].sum()
        key = (AS_OF, "segment", segment, "rolling_3_months")
        rows[segment] = row | {
            "unapplied_amount": clients["unapplied_amount"].reindex(ids).sum().round(2),
            "client_count": len(ids),
            "client_share": len(ids) / len(clients),
            "avg_outstanding_amount": ratio(owed / 100, len(ids)),
            "outstanding_share": ratio(owed, all_owed),
            "days_to_collect": to_collect.mean(),
            "dso": dso["dso"].get(key, np.nan),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


# The comparison.


@pytest.fixture(scope="module")
def ledger():
    return clean_ledger()


@pytest.fixture(scope="module")
def ours(sample_build, ledger) -> dict[str, pd.DataFrame]:
    segment_of = sample_build.query("from segments.client_segments")
    segment_of = segment_of.set_index("client_id")["segment_code"]
    seen = see(ledger)
    documents, entries = read_documents(seen)
    movements = monthly_movements(documents, entries)
    clients = client_features(seen, documents, entries, movements)
    dso = days_sales_outstanding(movements, segment_of)
    segments = segment_kpis(clients, documents, entries, segment_of, dso)
    return dict(zip(MARTS, (documents, clients, segments, dso), strict=True))


@pytest.fixture(scope="module")
def theirs(sample_build) -> dict[str, pd.DataFrame]:
    return {m: sample_build.query(f"from {m}").set_index(k) for m, k in MARTS.items()}


def described_columns() -> list[tuple]:
    """What the marts' contracts say is a number."""
    found = []
    for mart in MARTS:
        schema, name = mart.split(".")
        file = f"marts/{schema}" if schema != "features" else schema
        file = PROJECT / "models" / file / f"_{schema}.yml"
        models = {m["name"]: m for m in yaml.safe_load(file.read_text())["models"]}
        for column in models[name]["columns"]:
            if column["data_type"].startswith(("decimal", "double", "int")):
                found.append((mart, column["name"]))
    return found


STATES = [("core.invoices", column) for column in ["settled_date", *FLAGS]]


def test_cleaning_leaves_out_the_planted_rows(ledger):
    planted = pd.read_csv(PROJECT / "benchmarks" / "sample_bad_rows.csv")
    rows = read_ledger(SAMPLE)
    dropped = {name: len(rows[name]) - len(ledger[name]) for name in rows}
    dropped = {name: count for name, count in dropped.items() if count}
    assert dropped == planted["ledger_table"].value_counts().to_dict()


def test_no_numeric_column_of_a_mart_is_forgotten(sample_build):
    columns = sample_build.query(
        "select table_schema || '.' || table_name as mart, column_name "
        "from information_schema.columns where numeric_precision is not null"
    )
    columns = columns[columns["mart"].isin(MARTS)].itertuples(index=False, name=None)
    assert set(columns) == set(described_columns())


@pytest.mark.parametrize("mart, column", [*STATES, *described_columns()])
def test_a_column_of_a_mart_is_what_its_definition_says(ours, theirs, mart, column):
    reference, built = ours[mart][column], theirs[mart][column]
    assert set(reference.index) == set(built.index)
    both = pd.DataFrame({"reference": reference, "mart": built})
    if pd.api.types.is_numeric_dtype(built) and column not in FLAGS:
        both = both.astype(float)
        is_money = column.endswith("_amount") and not column.startswith(("avg", "std"))
        tolerance = 0 if is_money else 1e-9
        left, right = both["reference"], both["mart"]
        is_same = np.isclose(left, right, tolerance, tolerance, equal_nan=True)
    else:
        both = both.astype(object).where(both.notna(), None)
        is_same = [left == right for left, right in both.to_numpy()]
    wrong = both[~np.array(is_same)]
    shown = wrong.head(10).to_string(float_format="{:.12g}".format)
    assert wrong.empty, f"{len(wrong)} of {len(both)} differ:\n{shown}"
