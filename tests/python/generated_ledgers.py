"""Generated ledgers, with what people and systems write into them.

A ledger has rows on both sides of its as-of date, rows that break a rule of the
contract, and rows that share an id.
"""

from datetime import date, timedelta
from itertools import count

import pandas as pd
from hypothesis import assume
from hypothesis import strategies as st

COLUMNS = {
    "clients": "client_id company_size parent_client_id valid_from payment_terms_days",
    "credit_limits": "client_id valid_from credit_limit_amount",
    "exchange_rates": "currency_code rate_date rate_to_reporting",
    "invoices": "invoice_id client_id invoice_date due_date amount currency_code "
    "exchange_rate document_type recorded_at",
    "payments": "payment_id client_id invoice_id payment_date amount currency_code "
    "kind recorded_at",
    "reminders": "reminder_id client_id invoice_id reminder_date response_date",
    "extension_requests": "request_id client_id invoice_id request_date promised_date",
    "disputes": "dispute_id invoice_id opened_date closed_date",
    "gl_balances": "period_end_date receivables_balance currency_code",
}
DATED_BY = {
    "clients": "valid_from",
    "credit_limits": "valid_from",
    "exchange_rates": "rate_date",
    "invoices": "invoice_date",
    "payments": "payment_date",
    "reminders": "reminder_date",
    "extension_requests": "request_date",
    "disputes": "opened_date",
    "gl_balances": "period_end_date",
}
# each breaks a rule, whatever the rest of the row says; LATECOMER is unknown to
# rows of before the as-of date
FAULTS = {
    "clients": [{"client_id": ""}, {"valid_from": "31.12.2023"}],
    "credit_limits": [{"credit_limit_amount": "-1"}, {"valid_from": ""}],
    "exchange_rates": [{"rate_to_reporting": "0"}, {"rate_date": "2023-02-29"}],
    "invoices": [
        {"invoice_id": ""},
        {"client_id": ""},
        {"client_id": "NOBODY"},
        {"client_id": "LATECOMER"},
        {"amount": "0.00"},
        {"amount": "1.000,00"},
        {"document_type": "memo"},
        {"invoice_date": "2023-02-29"},
        {"invoice_date": "2202-01-01", "due_date": "2202-01-31"},
        {"due_date": "soon"},
        {"recorded_at": "soon"},
        {"due_date": "2001-01-01"},
        {"currency_code": "XXX", "exchange_rate": ""},
        {"currency_code": "USD", "exchange_rate": "-1"},
        {"currency_code": "", "exchange_rate": "0.5"},
    ],
    "payments": [
        {"payment_id": ""},
        {"client_id": ""},
        {"client_id": "NOBODY"},
        {"client_id": "LATECOMER"},
        {"invoice_id": "NOTHING"},
        {"amount": "-0.00"},
        {"amount": "ten"},
        {"kind": "gift"},
        {"recorded_at": "soon"},
        {"payment_date": "2023-02-29"},
        {"payment_date": "2202-01-01"},
        {"currency_code": "XXX"},
    ],
    "reminders": [{"invoice_id": "NOTHING"}, {"reminder_date": ""}],
    "extension_requests": [{"client_id": "NOBODY"}, {"request_id": ""}],
    "disputes": [{"closed_date": "2001-01-01"}, {"invoice_id": "NOTHING"}],
    "gl_balances": [{"receivables_balance": ""}, {"period_end_date": "today"}],
}
AS_OF_DATES = [
    date(2024, 2, 29),
    date(2024, 6, 15),
    date(2023, 12, 31),
    date(2024, 3, 1),
]
# units of a rate; a yen is small enough for its cent to be nothing
SCALES = {"USD": 10**6, "JPY": 10**8}
CLIENTS = [f"C{number}" for number in range(1, 13)]

often = st.booleans()
seldom = st.integers(0, 9).map(lambda n: n == 9)
delays = st.integers(0, 20)
clients = st.sampled_from(CLIENTS)
parents = st.sampled_from(["", *CLIENTS])
currencies = st.sampled_from(["EUR", "USD", "JPY", ""])
cents = st.one_of(st.just(1), st.integers(2, 999), st.integers(10_000, 9_000_000))
rates = st.integers(400_000, 1_600_000)
kinds = st.sampled_from(
    ["cash", "cash", "", "credit_note", "discount", "write_off", "reversal"]
)


class Ledger:
    """Rows of text by table. Sound: those that were written without a fault."""

    def __init__(self, as_of: date, first_day=-400, prefix="", is_clean=False):
        """Start an empty ledger; a clean one gets sound rows of later only."""
        self.as_of, self.first_day = as_of, first_day
        self.prefix, self.is_clean, self.ids = prefix, is_clean, count(1)
        self.tables: dict[str, list] = {name: [] for name in COLUMNS}
        self.sound: dict[str, list] = {name: [] for name in COLUMNS}

    def __repr__(self):
        """Say how large it is; its files say what is in it."""
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in self.tables.items())
        return f"<as of {self.as_of}: {counts}>"

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables as write_ledger takes them."""
        return {
            name: pd.DataFrame(rows, columns=COLUMNS[name].split(), dtype=str).fillna(
                ""
            )
            for name, rows in self.tables.items()
        }

    def new_id(self) -> str:
        """A number that no other row has."""
        return f"{self.prefix}{next(self.ids)}"

    def days(self):
        """Days to write on; often near the as-of date, and ends of months."""
        every = [self.as_of + timedelta(n) for n in range(self.first_day, 91)]
        near = [day for day in every if abs(day - self.as_of).days <= 30]
        ends = [day for day in every if (day + timedelta(1)).day == 1]
        around = [day for day in near if abs(day - self.as_of).days <= 1]
        return st.one_of(*map(st.sampled_from, [every, near, ends + 3 * around]))


def money(amount: int) -> str:
    """Cents as an amount."""
    return f"{amount / 100:.2f}"


def add(draw, ledger: Ledger, table: str, *values) -> None:
    """Write a row; now and then spoil it, or write another with its id."""
    rows = ledger.tables[table]
    row = dict(zip(COLUMNS[table].split(), map(str, values), strict=True))
    if ledger.is_clean or not draw(seldom):
        ledger.sound[table].append(row)
        rows.append(row)
    else:
        rows.append(row | draw(st.sampled_from(FAULTS[table])))
    if not ledger.is_clean and draw(seldom):
        twin, dated_by = dict(row), DATED_BY[table]
        if draw(often):
            day = date.fromisoformat(row[dated_by]) + timedelta(draw(delays) - 10)
            twin[dated_by] = str(day)
        for name in ("amount", "rate_to_reporting", "credit_limit_amount"):
            if name in row and draw(often):
                twin[name] = row[name].replace(".", "0.")
        rows.append(twin)


def add_versions(draw, ledger: Ledger, days) -> None:
    """Versions of clients, limits, exchange rates, and balances of the account."""
    sizes, limits = st.sampled_from(["small", "large", ""]), st.sampled_from([0, 10**6])
    for client in CLIENTS:
        if draw(often):
            parts = (draw(sizes), draw(parents), draw(days), "30")
            add(draw, ledger, "clients", client, *parts)
        if draw(often):
            limit = money(draw(limits))
            add(draw, ledger, "credit_limits", client, draw(days), limit)
    for currency, scale in SCALES.items():
        for day in draw(st.lists(days, max_size=8, unique=True)):
            rate = f"{draw(rates) / scale:.8f}"
            add(draw, ledger, "exchange_rates", currency, day, rate)
    for day in draw(st.lists(days, max_size=4, unique=True)):
        balance, currency = money(draw(cents)), draw(currencies)
        add(draw, ledger, "gl_balances", day, balance, currency)


def add_document(draw, ledger: Ledger) -> None:
    """A document, its payments, reminders, requests for time and disputes."""
    number, client, currency = ledger.new_id(), draw(clients), draw(currencies)
    kind, amount = (
        draw(st.sampled_from(["", "", "invoice", "credit_note"])),
        draw(cents),
    )
    sign = -1 if kind == "credit_note" or draw(seldom) else 1
    issued = draw(ledger.days())
    due = issued + timedelta(draw(st.sampled_from([0, 14, 30, 60])))
    # a rate without a currency says nothing
    rate = f"{draw(rates) / 10**6:.6f}" if currency and draw(seldom) else ""
    stated = "" if draw(seldom) else due
    parts = (issued, stated, money(amount * sign), currency, rate, kind)
    add(draw, ledger, "invoices", number, client, *parts, recorded(draw, issued))
    left = amount
    for _ in range(draw(st.integers(0, 3))):
        part = max(left // draw(st.sampled_from([1, 2, 3, 10**9])), 1)
        part += amount if draw(seldom) else 0
        left -= part
        after = draw(st.sampled_from([-40, -30, -5, 0, 20, 30, 75]))
        day = issued + timedelta(after + draw(delays))
        day = draw(st.sampled_from([day, day, day, ledger.as_of]))
        if ledger.is_clean:
            day = max(day, issued - timedelta(30), ledger.as_of + timedelta(1))
        add_payment(draw, ledger, client, number, day, part * sign, currency)
    if draw(seldom):
        sent, reply = due + timedelta(draw(delays)), due + timedelta(12)
        parts = (client, number, sent, draw(st.sampled_from(["", reply])))
        add(draw, ledger, "reminders", ledger.new_id(), *parts)
    if draw(seldom):
        parts = (client, number, issued, due + timedelta(draw(delays)))
        add(draw, ledger, "extension_requests", ledger.new_id(), *parts)
    if draw(seldom):
        closed = draw(st.sampled_from(["", due + timedelta(30)]))
        add(draw, ledger, "disputes", ledger.new_id(), number, due, closed)


def add_payment(draw, ledger, client, invoice, day, amount, currency) -> None:
    """An entry, and at times its reversal, on that day or later."""
    payer = draw(clients) if draw(seldom) else client
    if invoice:
        currency = draw(st.sampled_from([currency, currency.lower(), ""]))
    parts = (payer, invoice, day, money(amount), currency, draw(kinds))
    add(draw, ledger, "payments", ledger.new_id(), *parts, recorded(draw, day))
    if draw(seldom):
        day += timedelta(draw(delays))
        parts = (payer, invoice, day, money(amount), currency, "reversal")
        add(draw, ledger, "payments", ledger.new_id(), *parts, recorded(draw, day))


def recorded(draw, day: date) -> str:
    """When a row was entered: that day, weeks later, or nobody knows."""
    return draw(st.sampled_from(["", f"{day} 17:30:00", f"{day + timedelta(35)}"]))


@st.composite
def ledgers(draw) -> Ledger:
    """A ledger of 50 to 90 documents, read on a day in its middle."""
    ledger = Ledger(draw(st.sampled_from(AS_OF_DATES)))
    later = str(ledger.as_of + timedelta(1))
    ledger.tables["clients"] = [
        *({"client_id": client, "payment_terms_days": "30"} for client in CLIENTS),
        {"client_id": "LATECOMER", "payment_terms_days": "0", "valid_from": later},
    ]
    ledger.tables["exchange_rates"] = [
        {"currency_code": "USD", "rate_date": "2020-01-01", "rate_to_reporting": "0.9"},
        {
            "currency_code": "JPY",
            "rate_date": "2020-01-01",
            "rate_to_reporting": ".006",
        },
    ]
    add_versions(draw, ledger, ledger.days())
    for _ in range(draw(st.integers(50, 90))):
        add_document(draw, ledger)
    # fifty like documents are the simplest ledger, and not worth a build
    assume(ledger.tables["reminders"])
    for _ in range(draw(st.integers(2, 12))):
        parts = (draw(clients), "", draw(ledger.days()), draw(cents), draw(currencies))
        add_payment(draw, ledger, *parts)
    return ledger


@st.composite
def later_rows(draw, ledger: Ledger) -> Ledger:
    """Sound rows that were written after a ledger's as-of date."""
    prefix = draw(st.sampled_from(["A", "Z"]))
    later = Ledger(ledger.as_of, first_day=1, prefix=prefix, is_clean=True)
    taken = {
        row.get(DATED_BY[name])
        for name in ("clients", "credit_limits", "exchange_rates", "gl_balances")
        for row in ledger.tables[name]
    }
    add_versions(draw, later, later.days().filter(lambda day: str(day) not in taken))
    taken |= {row["rate_date"] for row in later.tables["exchange_rates"]}
    # a rate for every day, so that documents of later are worth something else
    for currency, scale in SCALES.items():
        rate = f"{draw(rates) / scale:.8f}"
        for day in (str(later.as_of + timedelta(n)) for n in range(1, 60)):
            if day not in taken:
                add(draw, later, "exchange_rates", currency, day, rate)
    for _ in range(draw(st.integers(5, 20))):
        add_document(draw, later)
    documents = {row["invoice_id"]: row for row in ledger.sound["invoices"]}
    for row in ledger.sound["payments"]:
        if draw(often) and row["invoice_id"] in documents:
            issued = date.fromisoformat(documents[row["invoice_id"]]["invoice_date"])
            day = max(issued, later.as_of + timedelta(1)) + timedelta(draw(delays))
            again = {"payment_id": later.new_id(), "payment_date": str(day)}
            again["kind"] = draw(kinds)
            later.tables["payments"].append(row | again)
    return later
