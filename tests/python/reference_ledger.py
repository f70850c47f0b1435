"""Ledgers cleaned in pandas, and their documents as of a day.

Written from the definitions, not translated from the SQL; where these are
silent, a comment says "as built". A ledger is a dict of tables: `invoices` and
`payments`, which every ledger has, and those of the others that it brings.
Money is in whole cents, rates are in millionths.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from conftest import REAL_LEDGERS, SAMPLE, read_ledger

DAY = pd.Timedelta(days=1)
ALWAYS = pd.Timestamp("1900-01-01")
SIZES = {"PEQUENO": "small", "MEDIO": "medium", "GRANDE": "large"}


# Reading: types, and which rows can be used.


def dates(texts: pd.Series, date_format="%Y-%m-%d") -> pd.Series:
    """Dates; null where there is none or where it is a typing error."""
    days = pd.to_datetime(texts, format=date_format, errors="coerce")
    return days.where((days >= "1990-01-01") & (days < "2050-01-01"))


def scaled(texts: pd.Series, scale=100) -> pd.Series:
    """Numbers in whole cents, or millionths; null where it is none."""
    numbers = pd.to_numeric(texts, errors="coerce") * scale
    return numbers.round().astype("Int64")


def read_types(rows: pd.DataFrame) -> pd.DataFrame:
    """A table of a ledger that follows the contract, typed by its column names."""
    rows = rows.copy()
    for column in rows:
        if column.endswith("_date") or column == "valid_from":
            rows[column] = dates(rows[column])
        elif column == "rate_to_reporting":
            rows[column] = scaled(rows[column], 10**6)
        elif column.endswith("amount"):
            rows[column] = scaled(rows[column])
    return rows


def keep_first(rows: pd.DataFrame, key: str, date: str) -> pd.DataFrame:
    """The earliest row of each id; a row without id or date is none."""
    rows = rows[(rows[key] != "") & rows[date].notna()]
    return rows.sort_values([date, key], kind="stable").drop_duplicates(key)


def with_rates(rows: pd.DataFrame, date: str, rates: pd.DataFrame) -> pd.DataFrame:
    """Rows with the rate in force on their date, 1 for the reporting currency."""
    rates = rates[["currency_code", "rate_date", "rate_to_reporting"]]
    rates = rates.set_axis(["currency_code", date, "rate"], axis=1)
    rows = pd.merge_asof(
        rows.sort_values(date), rates.sort_values(date), on=date, by="currency_code"
    )
    rows.loc[rows["currency_code"] == "EUR", "rate"] = 10**6
    return rows.astype({"rate": int, "amount": int})


def sample_ledger() -> dict[str, pd.DataFrame]:
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
    payments = keep_first(rows, "payment_id", "payment_date")
    ledger |= {
        "clients": clients,
        "exchange_rates": rates,
        "invoices": with_rates(invoices, "invoice_date", rates),
        "payments": with_rates(payments, "payment_date", rates),
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


def flat_ledger(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A ledger of rows that say when each was paid, all of it, or not at all."""
    rows = rows.query("amount != 0 and due_date >= invoice_date")
    rows = rows[~(rows["invoice_date"] - rows["payment_date"] > 30 * DAY)]
    invoices = keep_first(rows, "invoice_id", "invoice_date")
    invoices = invoices.astype({"amount": int})
    invoices = invoices.assign(rate=10**6, document_type="invoice")
    payments = invoices.dropna(subset="payment_date")
    payments = payments.assign(payment_id=payments["invoice_id"], kind="cash")
    columns = ["payment_date", "payment_id", "client_id", "invoice_id"]
    payments = payments[[*columns, "amount", "kind", "rate"]]
    return {"invoices": invoices.drop(columns="payment_date"), "payments": payments}


def ibm_ledger() -> dict[str, pd.DataFrame]:
    """IBM's late payment histories."""
    file = REAL_LEDGERS / "ibm_late_payments/WA_Fn-UseC_-Accounts-Receivable.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    return flat_ledger(
        pd.DataFrame(
            {
                "invoice_id": rows["invoiceNumber"],
                "client_id": rows["customerID"],
                "invoice_date": dates(rows["InvoiceDate"], "%m/%d/%Y"),
                "due_date": dates(rows["DueDate"], "%m/%d/%Y"),
                "payment_date": dates(rows["SettledDate"], "%m/%d/%Y"),
                "amount": scaled(rows["InvoiceAmount"]),
            }
        )
    )


def datarisk_ledger() -> dict[str, pd.DataFrame]:
    """Datarisk's credit notes, paid ones and unpaid ones, with the master data."""
    names = ["cadastral", "pagamentos_desenvolvimento", "pagamentos_teste"]
    files = [REAL_LEDGERS / "datarisk_b2b" / f"base_{name}.csv" for name in names]
    master, *notes = [
        pd.read_csv(file, sep=";", dtype=str, keep_default_na=False) for file in files
    ]
    rows = pd.concat(notes).fillna("").sort_values("DATA_PAGAMENTO")
    rows = rows[rows["ID_CLIENTE"].isin(master["ID_CLIENTE"])]
    # notes without a number: what is known at issue, and the place among the like
    names = ["ID_CLIENTE", "SAFRA_REF", "DATA_EMISSAO_DOCUMENTO", "DATA_VENCIMENTO"]
    alike = rows.groupby([*names, "VALOR_A_PAGAR", "TAXA"])
    number = alike.ngroup().astype(str) + "-" + alike.cumcount().astype(str)
    ledger = flat_ledger(
        pd.DataFrame(
            {
                "invoice_id": number,
                "client_id": rows["ID_CLIENTE"],
                "invoice_date": dates(rows["DATA_EMISSAO_DOCUMENTO"]),
                "due_date": dates(rows["DATA_VENCIMENTO"]),
                "payment_date": dates(rows["DATA_PAGAMENTO"]),
                "amount": scaled(rows["VALOR_A_PAGAR"]),
            }
        )
    )
    clients = {
        "client_id": master["ID_CLIENTE"],
        "industry": master["SEGMENTO_INDUSTRIAL"],
        "company_size": master["PORTE"].map(SIZES),
        "valid_from": ALWAYS,
    }
    return ledger | {"clients": pd.DataFrame(clients).drop_duplicates("client_id")}


def last_day(ledger: dict) -> pd.Timestamp:
    """The last day on which the ledger saw an invoice or a payment."""
    return max(
        ledger["invoices"]["invoice_date"].max(),
        ledger["payments"]["payment_date"].max(),
    )


# As of a day.


def see(ledger: dict, as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """What the ledger showed on a day, each table by its date."""
    seen = {}
    for name, rows in ledger.items():
        date = next(c for c in rows if c.endswith("_date") or c == "valid_from")
        seen[name] = rows[rows[date] <= as_of].sort_values(date, kind="stable")
    return seen


def in_force(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The latest version of each client by a day."""
    rows = rows[rows["valid_from"] <= day].sort_values("valid_from")
    return rows.drop_duplicates("client_id", keep="last").set_index("client_id")


def convert(cents: int, rate: int) -> int:
    """Cents of the reporting currency, halves away from zero."""
    quotient = (2 * abs(cents) * rate + 10**6) // (2 * 10**6)
    return quotient if cents >= 0 else -quotient


def convert_all(amounts: pd.Series, rates: pd.Series) -> list[int]:
    """Each amount at its rate."""
    pairs = zip(amounts.tolist(), rates.tolist(), strict=True)
    return [convert(cents, rate) for cents, rate in pairs]


# Documents and what was applied to them.


def undone_by(reversal: dict, earlier: list[dict]) -> dict | None:
    """The last of its amount that stands, but for cash of its own day the write-off
    that stands, and for that write-off the cash; else the last of any, of one day cash.
    """
    amount = -reversal["amount"]
    standing = [e for e in earlier if pd.isna(e["bounced_date"])]
    lost = sum(e["amount"] for e in standing if e["kind"] == "write_off")
    received = [e for e in earlier if e["is_for_loss"]]
    received_amount = sum(e["amount"] for e in received)
    for undone in [e for e in standing if e["amount"] == amount][-1:]:
        is_of_day = undone["payment_date"] == reversal["payment_date"]
        if undone["kind"] == "cash" and is_of_day and received_amount + amount <= lost:
            undone["is_for_loss"] = True
            return {**reversal, "kind": "write_off", "amount": amount}
        if undone["kind"] == "write_off" and received_amount > lost - amount:
            return received[-1]
        return undone
    return max(
        reversed(earlier),
        key=lambda e: (
            pd.isna(e["bounced_date"]),
            e["payment_date"],
            e["kind"] == "cash",
        ),
        default=None,
    )


def is_whole(entry: dict, undone: dict) -> bool:
    """Whether all of an entry is taken back."""
    return abs(entry["amount"]) >= undone["amount"]


def apply_payments(invoice: dict, payments: list[dict]) -> list[dict]:
    """A document's entries in order; a reversal takes over what it undoes."""
    entries, total = [], 0
    for payment in payments:
        entry = {name: invoice[name] for name in ("invoice_id", "client_id")}
        entry |= {name: payment[name] for name in ("kind", "amount", "payment_date")}
        entry["date"] = max(payment["payment_date"], invoice["invoice_date"])
        entry["days_late"] = (entry["date"] - invoice["due_date"]).days
        entry |= {"cash_count": 0, "bounced_date": pd.NaT, "is_for_loss": False}
        # neither a reversal nor a refund is anything to undo: they are negative
        earlier = [e for e in entries if e["amount"] > 0]
        if payment["kind"] == "reversal":
            entry["amount"] = -abs(entry["amount"])
            undone = undone_by(entry, earlier)
            entry["kind"] = undone["kind"] if undone else "cash"
            if undone:
                entry["days_late"] = undone["days_late"]
            if undone and is_whole(entry, undone):
                entry["cash_count"] = -(entry["kind"] == "cash")
                undone["bounced_date"] = entry["payment_date"]
        elif entry["kind"] == "cash" and entry["amount"] > 0:
            entry["cash_count"] = 1
        elif entry["kind"] == "cash":
            cash = [e for e in earlier if e["kind"] == "cash"]
            cash.sort(key=lambda e: pd.isna(e["bounced_date"]))
            for undone in cash[-1:]:
                entry["days_late"] = undone["days_late"]
                entry["cash_count"] = -is_whole(entry, undone)
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
        was_settled = bool(stretches) and stretches[-1][1] is pd.NaT
        left -= amount
        # as built: an overpaid invoice is settled, too
        is_settled = left <= min(invoice["amount"] / 100, 500)
        if is_settled and not was_settled:
            stretches.append([day, pd.NaT])
        if was_settled and not is_settled:
            stretches[-1][1] = day
    return stretches


def closed_stretches(invoice: dict, entries: list[dict]) -> list[list]:
    """First day and day of reopening of each stretch with nothing open."""
    closed, left = [], invoice["amount"]
    least = min(abs(left) / 100, 500)
    days = sorted({entry["date"] for entry in entries})
    for day, until in pairwise([*days, pd.NaT]):
        left -= sum(entry["amount"] for entry in entries if entry["date"] == day)
        is_invoice = invoice["document_type"] == "invoice"
        is_closed = (left if is_invoice else abs(left)) <= least
        if is_closed and closed and closed[-1][1] == day:
            closed[-1][1] = until
        elif is_closed:
            closed.append([day, until])
    return closed


def read_documents(seen: dict, as_of: pd.Timestamp) -> tuple[pd.DataFrame, ...]:
    """Documents with their settled stretches, and the entries applied to them."""
    documents, by_invoice, entries = seen["invoices"].copy(), {}, []
    is_invoice = documents["document_type"] == "invoice"
    documents["amount"] *= np.where(is_invoice, 1, -1)
    payments = seen["payments"]
    is_reversal = payments["kind"] == "reversal"
    is_undoing = is_reversal | ((payments["kind"] == "cash") & (payments["amount"] < 0))
    payments = payments.assign(
        place=np.select([is_undoing, payments["kind"] == "cash"], [2, 1], 0)
    )
    payments = payments.sort_values(["payment_date", "place", "payment_id"])
    for payment in payments.to_dict("records"):
        by_invoice.setdefault(payment["invoice_id"], []).append(payment)
    stretches, closed = [], []
    for invoice in documents.to_dict("records"):
        own = apply_payments(invoice, by_invoice.get(invoice["invoice_id"], []))
        stretches.append(settled_stretches(invoice, own))
        closed.append(closed_stretches(invoice, own))
        entries += own
    documents["stretches"] = stretches
    # sent within one of these, a reminder cannot be answered
    documents["unanswerable"] = [a + b for a, b in zip(stretches, closed, strict=True)]
    documents["closed_date"] = [own[-1][0] if own else pd.NaT for own in closed]
    documents["settled_date"] = pd.to_datetime(
        [own[-1][0] if own and own[-1][1] is pd.NaT else pd.NaT for own in stretches]
    )
    documents = documents.set_index("invoice_id")
    entries = pd.DataFrame(entries)
    is_invoice.index = documents.index
    entries["is_invoice"] = entries["invoice_id"].map(is_invoice)
    return judge(documents, entries, as_of), entries


def judge(documents, entries, as_of) -> pd.DataFrame:
    """How each document stands on a day."""
    d = documents.copy()
    sums = entries.groupby(["invoice_id", "kind"])["applied"].sum().unstack()
    kinds = ["cash", "credit_note", "discount", "write_off"]
    sums = sums.reindex(index=d.index, columns=kinds).fillna(0).astype(int)
    cash = entries.groupby("invoice_id")["cash_count"].sum()
    cash = cash.reindex(d.index, fill_value=0)
    applied = entries.groupby("invoice_id")["amount"].sum()
    left = d["amount"] - applied.reindex(d.index, fill_value=0)
    is_invoice, is_settled = d["document_type"] == "invoice", d["settled_date"].notna()
    d["cents"] = convert_all(d["amount"], d["rate"])
    d["open_cents"] = d["cents"] - sums.sum(axis=1)
    d["net_cents"] = d["cents"] - sums["credit_note"]
    d["written_off_cents"] = sums["write_off"]
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
    d["is_within_tolerance"] = ~is_left
    d["is_open"] = is_left & ~is_settled
    d["days_late"] = (d["settled_date"] - d["due_date"]).dt.days
    past_due = (as_of - d["due_date"]).dt.days
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
    return d
