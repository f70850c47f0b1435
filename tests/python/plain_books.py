"""The books of a ledger in plain Python, from the contract and the definitions.

Amounts are decimals; a row that breaks a rule does not count.
"""

from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import SimpleNamespace

from generated_ledgers import Ledger

PREPAYMENT_DAYS = timedelta(30)
PLAUSIBLE = (date(1990, 1, 1), date(2049, 12, 31))
LINES = {
    "invoice": "invoiced_amount",
    "credit_note": "credited_amount",
    "cash": "cash_amount",
    "discount": "discount_amount",
    "write_off": "written_off_amount",
    "reversal": "reversed_amount",
}

# The accepted rows, typed: what staging should make of the ledger.


def read_day(text: str) -> date | None:
    """A plausible day, or none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if PLAUSIBLE[0] <= day <= PLAUSIBLE[1] else None


def read_number(text: str) -> Decimal:
    """A number; zero, which no rule lets pass, if it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def keep_first(rows: list, key: str) -> dict:
    """Of sound rows with one id the first that was recorded, of these the earliest,
    and of one day the smallest."""

    def place(row):
        return row.recorded, row.day, row.written

    rows = sorted(rows, key=place, reverse=True)
    return {getattr(row, key): row for row in rows}


class Books:
    """A ledger's accepted documents and entries."""

    def __init__(self, ledger: Ledger):
        """Judge every row: master data, then documents, then what is for them."""
        tables = ledger.frames()
        tables = {name: rows.to_dict("records") for name, rows in tables.items()}
        self.as_of = ledger.as_of
        self.known = {row["client_id"] for row in tables["clients"]} - {""}
        self.since = defaultdict(set)
        for row in tables["clients"]:
            self.since[row["client_id"]].add(row["valid_from"])
        rates = defaultdict(dict)
        for row in tables["exchange_rates"]:
            day, rate = (
                read_day(row["rate_date"]),
                read_number(row["rate_to_reporting"]),
            )
            if day and rate > 0:
                of_currency = rates[row["currency_code"]]
                of_currency[day] = min(rate, of_currency.get(day, rate))
        self.rates = {code: sorted(days.items()) for code, days in rates.items()}
        documents = [*filter(None, map(self.document, tables["invoices"]))]
        self.documents = keep_first(documents, "invoice_id")
        entries = [*filter(None, map(self.entry, tables["payments"]))]
        self.entries = keep_first(entries, "payment_id").values()

    def rate(self, currency: str, day: date) -> Decimal | None:
        """The rate in force on a day."""
        if currency == "EUR":
            return Decimal(1)
        rates = self.rates.get(currency, [])
        place = bisect_right(rates, day, key=lambda pair: pair[0])
        return rates[place - 1][1] if place else None

    def knows(self, client_id: str) -> bool:
        """Whether the master data has the client, from whatever day on."""
        return client_id in self.known

    def document(self, row: dict) -> SimpleNamespace | None:
        """An invoice or credit note, or none."""
        day = read_day(row["invoice_date"])
        amount, kind = read_number(row["amount"]), row["document_type"]
        currency = row["currency_code"] or "EUR"
        is_credit = kind == "credit_note" or bool(amount and amount < 0)
        # what is not there follows from the terms, which a client has once it is one
        is_client = min(self.since[row["client_id"]], default="") <= str(day)
        derived = day if is_client or is_credit else None
        due = read_day(row["due_date"]) if row["due_date"] else derived
        if not (
            row["invoice_id"]
            and amount
            and kind in ("", "invoice", "credit_note")
            and day
            and due
            and (day <= due or is_credit)
            and self.knows(row["client_id"])
            and row["recorded_at"] != "soon"
            and (row["currency_code"] or read_number(row["exchange_rate"] or "1") == 1)
        ):
            return None
        is_booked = row["exchange_rate"] and currency != "EUR"
        rate = (
            read_number(row["exchange_rate"]) if is_booked else self.rate(currency, day)
        )
        if rate is None or rate <= 0:
            return None
        return SimpleNamespace(
            invoice_id=row["invoice_id"],
            currency=currency,
            kind="credit_note" if is_credit else "invoice",
            day=day,
            rate=rate,
            written=amount,
            recorded=row["recorded_at"],
            amount=-abs(amount) if is_credit else amount,
        )

    def entry(self, row: dict) -> SimpleNamespace | None:
        """A payment, signed by its effect, with its document; or none."""
        day, amount = read_day(row["payment_date"]), read_number(row["amount"])
        kind, currency = row["kind"] or "cash", row["currency_code"].upper()
        document = self.documents.get(row["invoice_id"])
        currency = currency or (document.currency if document else "EUR")
        if not (
            row["payment_id"]
            and amount
            and kind in LINES
            and kind != "invoice"
            and day
            and self.knows(row["client_id"])
            and row["recorded_at"] != "soon"
            and (document or not row["invoice_id"])
        ):
            return None
        if document and (
            currency != document.currency or document.day - day > PREPAYMENT_DAYS
        ):
            return None
        rate = self.rate(currency, day)
        if rate is None:
            return None
        written = amount
        is_of_credit = document and document.kind == "credit_note"
        if kind == "reversal":
            amount = abs(amount) if is_of_credit else -abs(amount)
        elif kind in ("credit_note", "discount"):
            amount = -abs(amount) if is_of_credit else abs(amount)
        return SimpleNamespace(
            payment_id=row["payment_id"],
            client_id=row["client_id"],
            document=document,
            currency=currency,
            kind=kind,
            day=day,
            rate=rate,
            written=written,
            recorded=row["recorded_at"],
            amount=amount,
        )


# The numbers, from the definitions.


def to_cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, halves away from zero."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def open_items(books: Books) -> dict:
    """What is open of each document issued by the day, in both currencies."""
    applied = defaultdict(Decimal)
    for entry in books.entries:
        if entry.document and entry.day <= books.as_of:
            applied[entry.document.invoice_id] += entry.amount
    return {
        (document.invoice_id, document.currency): (
            document.amount - applied[document.invoice_id],
            to_cents(document.amount * document.rate)
            - to_cents(applied[document.invoice_id] * document.rate),
        )
        for document in books.documents.values()
        if document.day <= books.as_of
    }


def unapplied(books: Books) -> dict:
    """What is left of entries for no document, or for one not yet issued, at their
    day's rate: each takes of the oldest of the other sign."""
    queues = defaultdict(list)
    for entry in sorted(books.entries, key=lambda entry: (entry.day, entry.payment_id)):
        is_issued = entry.document and entry.document.day <= books.as_of
        if entry.day > books.as_of or is_issued:
            continue
        of_invoice = entry.document and entry.document.invoice_id
        waiting = queues[entry.client_id, entry.currency, of_invoice]
        left = entry.amount
        for item in waiting:
            if item["left"] * left < 0:
                gone = min(abs(left), abs(item["left"]))
                gone = gone if left > 0 else -gone
                left, item["left"] = left - gone, item["left"] + gone
        waiting.append({"entry": entry, "left": left})
    return {
        (entry.payment_id, entry.currency): (
            left,
            to_cents(entry.amount * entry.rate)
            - to_cents((entry.amount - left) * entry.rate),
        )
        for waiting in queues.values()
        for entry, left in ((item["entry"], item["left"]) for item in waiting)
        if left
    }


def rollforward(books: Books) -> dict:
    """Opening, lines and closing of each month and currency; no difference."""
    flows = [(row, row.amount) for row in books.documents.values()]
    flows += [(row, -row.amount) for row in books.entries]
    flows = [(row, amount) for row, amount in flows if row.day <= books.as_of]
    lines = defaultdict(lambda: dict.fromkeys(LINES, Decimal(0)))
    for row, amount in flows:
        lines[row.currency, row.day.year, row.day.month][row.kind] += amount
    first, rows = min(row.day for row, _ in flows), {}
    for currency in {row.currency for row, _ in flows}:
        balance, year, month = Decimal(0), first.year, first.month
        while (year, month) <= (books.as_of.year, books.as_of.month):
            month_end = date(year, month, monthrange(year, month)[1])
            moved = tuple(lines[currency, year, month].values())
            closing = balance + sum(moved)
            key = (str(min(month_end, books.as_of)), currency)
            rows[key] = (balance, *moved, closing, Decimal(0))
            balance = closing
            year, month = year + month // 12, month % 12 + 1
    return rows
