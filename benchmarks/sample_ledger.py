"""Write the invented ledger of the sample company, and the truth behind it.

    python benchmarks/sample_ledger.py [folder [clients]]

The company is a wholesaler of industrial supplies that reports in EUR and moved to
a new ERP with an empty ledger on 2024-01-01. Every client is given a persona and
pays accordingly, so a segmentation can be checked against what was planted:

    seeds/sample_ledger/*.csv        the nine tables of the ledger contract
    benchmarks/sample_truth.csv      client_id, persona, note
    benchmarks/sample_bad_rows.csv   the rows that a good import must quarantine

With another folder the last two become <folder>_truth.csv and <folder>_bad_rows.csv
beside it. With more clients than the sample's 300 all that is planted grows with
them, the bad rows apart: personas, clients with a story, invoices with a fate. The
output is the same byte for byte on every run. Life goes on after the last day of the
ledger while it is simulated, and is cut off when it is written: that is how invoices
come to be open.
"""

import csv
import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_FOLDER = ROOT / "seeds" / "sample_ledger"
SEED = 20240103
SAMPLE_CLIENTS = 300
FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
NEVER = date(2100, 1, 1)
STUCK_FROM = date(2025, 5, 15)
HOLIDAYS = {(1, 1), (5, 1), (12, 25), (12, 26)}
BASE_RATES = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17}
DUNNING_DAYS = (7, 21, 45)
CHANNELS = {1: ("email",), 2: ("email", "phone"), 3: ("phone", "letter")}
DISPUTE_REASONS = ("pricing", "quantity", "quality", "delivery", "duplicate")

COLUMNS = {
    "invoices": "invoice_id client_id invoice_date due_date amount currency_code"
    " document_type is_disputed recorded_at",
    "payments": "payment_id client_id invoice_id payment_date amount currency_code"
    " kind recorded_at",
    "clients": "client_id client_name industry company_size country_code"
    " parent_client_id payment_terms_days valid_from",
    "reminders": "reminder_id client_id invoice_id reminder_date level channel"
    " response_date",
    "extension_requests": "request_id client_id request_date invoice_id"
    " promised_date promised_amount",
    "credit_limits": "client_id valid_from credit_limit_amount",
    "disputes": "dispute_id invoice_id opened_date closed_date reason",
    "exchange_rates": "currency_code rate_date rate_to_reporting",
    "gl_balances": "period_end_date receivables_balance currency_code",
}
ORDER = {
    "invoices": ("invoice_date", "invoice_id"),
    "payments": ("payment_date", "payment_id"),
    "clients": ("client_id", "valid_from"),
    "reminders": ("reminder_date", "reminder_id"),
    "extension_requests": ("request_date", "request_id"),
    "credit_limits": ("client_id", "valid_from"),
    "disputes": ("opened_date", "dispute_id"),
    "exchange_rates": ("rate_date", "currency_code"),
    "gl_balances": ("period_end_date", "currency_code"),
}


@dataclass(frozen=True)
class Persona:
    """The ranges from which the habits of the clients of one persona are drawn."""

    clients: int
    revenue: tuple  # EUR in 24 months, log-uniform
    per_month: tuple  # invoices a month
    late_share: tuple
    late_days: tuple  # mean of the late ones
    late_spread: tuple
    early_days: tuple  # mean of the punctual ones, before they are cut at the due date
    instalments: float
    replies: float
    requests: float
    disputes: float
    stuck: float  # never paid in full; but for chronic payers, only of late
    utilisation: tuple
    sizes: tuple  # weights of small, medium, large, enterprise
    industries: tuple  # weights in the order of INDUSTRIES


PERSONAS = {
    "reliable_payer": Persona(
        clients=138,
        revenue=(60e3, 250e3),
        per_month=(0.9, 1.7),
        late_share=(0.01, 0.055),
        late_days=(5, 13),
        late_spread=(2, 5),
        early_days=(-2.2, -1.1),
        instalments=0.008,
        replies=0.80,
        requests=0.02,
        disputes=0.006,
        stuck=0.0,
        utilisation=(0.2, 0.6),
        sizes=(15, 40, 35, 10),
        industries=(5, 2, 3, 4, 4, 2, 4, 4),
    ),
    "occasional_offender": Persona(
        clients=84,
        revenue=(15e3, 60e3),
        per_month=(0.65, 1.25),
        late_share=(0.31, 0.49),
        late_days=(26, 39),
        late_spread=(7, 11),
        early_days=(-2.6, -1.0),
        instalments=0.05,
        replies=0.65,
        requests=0.06,
        disputes=0.008,
        stuck=0.01,
        utilisation=(0.3, 0.7),
        sizes=(40, 45, 13, 2),
        industries=(4, 4, 3, 3, 2, 4, 2, 4),
    ),
    "chronic_late_payer": Persona(
        clients=54,
        revenue=(8e3, 40e3),
        per_month=(0.5, 0.95),
        late_share=(0.82, 0.98),
        late_days=(40, 62),
        late_spread=(11, 18),
        early_days=(-2, 0),
        instalments=0.20,
        replies=0.25,
        requests=0.16,
        disputes=0.012,
        stuck=0.05,
        utilisation=(0.7, 1.15),
        sizes=(65, 28, 6, 1),
        industries=(2, 7, 3, 2, 1, 5, 1, 3),
    ),
    "high_value_problem_account": Persona(
        clients=24,
        revenue=(480e3, 1500e3),
        per_month=(3.0, 4.4),
        late_share=(0.56, 0.74),
        late_days=(29, 38),
        late_spread=(9, 14),
        early_days=(-2, 0),
        instalments=0.24,
        replies=0.50,
        requests=0.09,
        disputes=0.05,
        stuck=0.035,
        utilisation=(0.8, 1.2),
        sizes=(0, 12, 48, 40),
        industries=(3, 5, 6, 2, 2, 3, 4, 3),
    ),
}

INDUSTRIES = (
    "machinery",
    "construction",
    "automotive",
    "food processing",
    "chemicals",
    "logistics",
    "energy",
    "metalworking",
)
SIZES = ("small", "medium", "large", "enterprise")
TRADES = {
    "de": "Maschinenbau Bau Fahrzeugteile Lebensmittelwerke Chemie Logistik"
    " Energietechnik Metallbau",
    "fr": "Mécanique Construction Automobile Agroalimentaire Chimie Transports"
    " Énergie Métallerie",
    "nl": "Machinefabriek Bouw Autotechniek Voeding Chemie Logistiek Energie"
    " Metaalwerken",
    "it": "Meccanica Costruzioni Ricambi Alimentari Chimica Trasporti Energia"
    " Carpenterie",
    "es": "Maquinaria Construcciones Automoción Alimentaria Química Transportes"
    " Energía Metales",
    "en": "Machinery Builders Autoparts Foods Chemicals Freight Power Metalworks",
}
STEMS = {
    "de": "Brandner Kesselring Ohlenbusch Wieshöfer Tannhuber Steinlechner Rottmair"
    " Hallwachs Grevenbrink Lindhorster Moosbrucker Eschweger Dornkamp Vahrenfeld"
    " Krögelin Bornhagen Siebenlist Auenthal Feldkircher Haselgrün Pirkstaller"
    " Zehntbauer Quernheim Uffelmann Nordhain Jettenbach Immenrode Custrow",
    "fr": "Morvanel Delacombe Bréhault Castellane-Roy Fontvieux Guérinois Lavaudière"
    " Montclaret Perrignac Rochebrune Sauvignac Tessonnier Valbrune Duchanel"
    " Aubrières Corbillon",
    "nl": "Dijkveld Waterhuis Kromhoven Steenbrugge Ravenwoud Molendaal Oosterkamp"
    " Veldkruis Zandhof Heuvelrijk Lindenhage Beekstra Noordwal Kasteleijn",
    "it": "Bertacchini Solferani Montebruno Cavallaris Frescobene Lorandini"
    " Pietralba Santarossa Valdomini Zanforlin Orsenigo Brughera Castelfiori",
    "es": "Urrutizar Montalveda Belmontero Carrascosa Iriberri Olivardo Peñalver"
    " Riosalgado Santurce-Vila Torremocha Valdeorra Zubialde",
    "en": "Ashcombe Bramwell Caldershaw Dunmoor Elmstead Fairholt Greystoke Hartwick"
    " Kingsmere Larkfield Millhaven Northgate Oakhurst Penrose Redfern Stonebridge"
    " Thornbury Whitlock Yardleigh Blackwater Copperhill Ironvale Cedarfork Lakemont"
    " Prairieview Riverton Summitview Timberline Westbrook Birchmount",
}
# country: (language, legal form, weight); the weights give 80 % EUR, 12 % USD, 8 % GBP
COUNTRIES = {
    "DE": ("de", "GmbH", 32),
    "AT": ("de", "GmbH", 7),
    "FR": ("fr", "SAS", 12),
    "NL": ("nl", "B.V.", 9),
    "BE": ("nl", "NV", 5),
    "IT": ("it", "S.r.l.", 8),
    "ES": ("es", "S.L.", 5),
    "IE": ("en", "Ltd", 2),
    "US": ("en", "Inc.", 9),
    "CA": ("en", "Ltd.", 3),
    "GB": ("en", "Ltd", 8),
}
TOWNS = {  # of the children of the one group of companies
    "DE": ("Kassel", "Ulm", "Erfurt", "Celle"),
    "AT": ("Linz", "Graz", "Wels", "Steyr"),
    "NL": ("Breda", "Zwolle", "Tilburg", "Venlo"),
    "FR": ("Lyon", "Dijon", "Reims", "Metz"),
}
CURRENCIES = {"US": "USD", "CA": "USD", "GB": "GBP"}


@dataclass
class Client:
    """A client, its master data and its planted habits."""

    client_id: str
    persona: str
    name: str
    industry: str
    size: str
    country: str
    terms: int
    onboarded: date
    first_month: int  # counted from January 2024
    last_month: int
    revenue: float
    per_month: float
    billing_day: int
    late_share: float
    late_days: float
    late_spread: float
    early_days: float
    utilisation: float
    parent_id: str = ""
    note: str = ""
    max_invoices: int = 10**6
    changed_on: date = NEVER
    changed_terms: int = 0
    changed_size: str = ""
    takes_discount: bool = False

    @property
    def currency(self):
        """The one currency in which the client is billed."""
        return CURRENCIES.get(self.country, "EUR")

    @property
    def habits(self):
        """The persona's ranges and shares."""
        return PERSONAS[self.persona]

    def terms_on(self, day):
        """Payment terms in force on a day."""
        return self.changed_terms if day >= self.changed_on else self.terms


@dataclass
class Document:
    """An invoice, or a credit note on account; amounts in cents."""

    client: Client
    on: date
    due: date
    amount: int
    is_credit: bool = False
    settled: date = NEVER  # the day on which the client means to pay the rest
    credited: tuple = ()  # (day, cents) of a credit note against the invoice
    absorbs: "Document | None" = None  # the credit note that is applied to it
    marks: set = field(default_factory=set)
    postings: list = field(default_factory=list)
    recorded: str = ""
    doc_id: str = ""

    @property
    def tolerance(self):
        """Residual, in cents, that counts as settled."""
        return min(500, self.amount // 100)

    def open_on(self, day):
        """Open cents at the end of a day."""
        return self.amount - sum(p.effect for p in self.postings if p.on <= day)

    def post(self, on, amount, kind="cash"):
        """Add a posting to the document."""
        self.postings.append(Posting(self.client, self, on, amount, kind))


@dataclass
class Posting:
    """A row of the payments table; cents."""

    client: Client
    document: Document | None
    on: date
    amount: int
    kind: str
    recorded: str = ""
    doc_id: str = ""

    @property
    def effect(self):
        """What the posting takes off the receivable."""
        return -self.amount if self.kind == "reversal" else self.amount


@dataclass
class Note:
    """A reminder, an extension request or a dispute: what is said, not paid."""

    on: date
    document: Document
    values: dict
    doc_id: str = ""


# --- words of the domain -------------------------------------------------------------


def is_business_day(day):
    """Monday to Friday, fixed holidays apart."""
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def business_day(day, step=1):
    """The day itself or the nearest business day in the direction of step."""
    while not is_business_day(day):
        day += timedelta(step)
    return day


def plus(day, days):
    """A business day some calendar days later."""
    return business_day(day + timedelta(days))


def month_start(number):
    """First day of a month counted from January 2024."""
    return date(2024 + number // 12, number % 12 + 1, 1)


def month_ends():
    """Last day of each month of the ledger."""
    return [month_start(number + 1) - timedelta(1) for number in range(24)]


def between(rng, low, high):
    """A number drawn uniformly from a range."""
    return low + (high - low) * rng.random()


def whole(rng, low, high):
    """An integer drawn uniformly from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def one_of(rng, items, weights=None):
    """An item drawn by weight."""
    weights = weights or [1] * len(items)
    point = rng.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        point -= weight
        if point < 0:
            return item
    return items[-1]


def some(rng, items, count):
    """Some items without repetition, in their own order."""
    keys = sorted((rng.random(), number) for number in range(len(items)))
    return [items[number] for number in sorted(n for _, n in keys[:count])]


def money(cents):
    """Cents as text with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def rounded(cents, unit):
    """Cents rounded to a unit, at least one unit."""
    return max(unit, round(cents / unit) * unit)


def recorded_at(rng, day, lag=None):
    """When a document was keyed in: the same or the next business day."""
    if lag is None:
        lag = 1 if rng.random() < 0.25 else 0
    day = min(plus(day, lag), LAST_DAY)
    clock = f"{whole(rng, 8, 17):02d}:{whole(rng, 0, 59):02d}:{whole(rng, 0, 59):02d}"
    return f"{day} {clock}"


# --- clients -------------------------------------------------------------------------


def company_name(rng, country, industry, taken):
    """An invented name in the language of the country; twice only if all are used."""
    language, legal_form, _ = COUNTRIES[country]
    trade = TRADES[language].split()[INDUSTRIES.index(industry)]
    stems = STEMS[language].split()
    if taken.issuperset((stem, trade) for stem in stems):
        taken.difference_update((stem, trade) for stem in stems)
    while True:
        stem = one_of(rng, stems)
        if (stem, trade) not in taken:
            taken.add((stem, trade))
            return f"{stem} {trade} {legal_form}"


def new_client(rng, client_id, persona, taken):
    """A client with habits drawn around those of its persona."""
    habits = PERSONAS[persona]
    country = one_of(rng, list(COUNTRIES), [c[2] for c in COUNTRIES.values()])
    industry = one_of(rng, INDUSTRIES, habits.industries)
    low, high = (math.log(limit) for limit in habits.revenue)
    return Client(
        client_id=client_id,
        persona=persona,
        name=company_name(rng, country, industry, taken),
        industry=industry,
        size=one_of(rng, SIZES, habits.sizes),
        country=country,
        terms=one_of(rng, (14, 30, 45, 60), (10, 53, 24, 13)),
        onboarded=plus(date(2013, 1, 7), whole(rng, 0, 3900)),
        first_month=0,
        last_month=23,
        revenue=math.exp(between(rng, low, high)),
        per_month=between(rng, *habits.per_month),
        billing_day=one_of(rng, (2, 5, 8, 11, 14, 17, 20, 23, 25, 27)),
        late_share=between(rng, *habits.late_share),
        late_days=between(rng, *habits.late_days),
        late_spread=between(rng, *habits.late_spread),
        early_days=between(rng, *habits.early_days),
        utilisation=between(rng, *habits.utilisation),
    )


def make_clients(rng, scale):
    """All clients, personas scattered over the ids."""
    personas = [
        name for name, p in PERSONAS.items() for _ in range(round(p.clients * scale))
    ]
    keys = sorted((rng.random(), number) for number in range(len(personas)))
    digits = max(4, len(str(len(personas) + 2)))  # C9998 and C9999 stay unknown
    taken = set()
    clients = [
        new_client(rng, f"C{place:0{digits}d}", personas[number], taken)
        for place, (_, number) in enumerate(keys, start=1)
    ]
    plant_stories(rng, clients, scale)
    return clients


def take(rng, clients, personas, count):
    """Clients of some personas that play no other part yet."""
    free = [c for c in clients if c.persona in personas and not c.note]
    return some(rng, free, count)


def plant_stories(rng, clients, scale):
    """Give single clients a part: new, churned, turning bad, family, changed."""
    turn_bad = [
        c
        for c in clients
        if c.persona == "reliable_payer"
        and c.currency == "EUR"
        and c.revenue > 150e3
        and c.size in ("medium", "large")
    ]
    for client in turn_bad[: round(scale)]:
        client.note = "turns bad"
        client.terms, client.per_month, client.last_month = 30, 1.6, 21
    for _ in range(round(scale)):
        plant_family(rng, clients)
    anybody = tuple(name for name in PERSONAS if name != "high_value_problem_account")
    for client in take(rng, clients, anybody, round(4 * scale)):
        client.note, client.last_month = "no invoices", -1
    for client in take(rng, clients, anybody, round(5 * scale)):
        client.note, client.last_month = "churned", whole(rng, 5, 10)
    for place, client in enumerate(take(rng, clients, anybody, round(20 * scale))):
        client.note = "new"
        client.first_month, client.per_month = 20, max(client.per_month, 1.0)
        if place % 5 in (1, 3):
            client.note = "new, fewer than three invoices"
            client.first_month = whole(rng, 20, 22)
            client.max_invoices = 1 + place // 5 % 2
        onboard(rng, client)
    for client in take(rng, clients, anybody, round(40 * scale)):
        client.note, client.first_month = "started later", whole(rng, 1, 17)
        onboard(rng, client)
    steady = ("reliable_payer", "occasional_offender")
    for client in take(rng, clients, steady, round(7 * scale)):
        change_master_data(rng, client)
    regulars = [c for c in clients if c.persona == "reliable_payer" and not c.note]
    for client in some(rng, regulars, round(13 * scale)):
        client.takes_discount, client.terms = True, 14


def plant_family(rng, clients):
    """One parent with four children in the same trade."""
    parent = next(
        c
        for c in clients
        if c.size == "enterprise" and c.country == "DE" and not c.note
    )
    parent.note = "parent of four"
    stem = parent.name.split()[0]
    children = [
        c
        for c in clients
        if c.country in ("DE", "AT", "NL", "FR") and not c.note and c.size != "small"
    ]
    for place, child in enumerate(some(rng, children, 4)):
        language, legal_form, _ = COUNTRIES[child.country]
        child.industry = parent.industry
        trade = TRADES[language].split()[INDUSTRIES.index(child.industry)]
        town = TOWNS[child.country][place]
        child.name = f"{stem} {trade} {town} {legal_form}"
        child.parent_id, child.note = parent.client_id, f"child of {parent.client_id}"


def onboard(rng, client):
    """A client met in the lifetime of the ledger signed up shortly before."""
    start = month_start(client.first_month)
    client.onboarded = business_day(start - timedelta(whole(rng, 1, 25)), -1)


def change_master_data(rng, client):
    """The client grows, or is given other terms, in mid-ledger."""
    client.changed_on = business_day(month_start(whole(rng, 6, 18)))
    client.changed_size, client.changed_terms = client.size, client.terms
    if rng.random() < 0.5:
        place = SIZES.index(client.size)
        client.size = SIZES[max(place - 1, 0)]
        client.changed_size = SIZES[max(place, 1)]
        client.note = "size changed"
    else:
        client.changed_terms = 45 if client.terms == 30 else 30
        client.note = "terms changed"


# --- invoices and how they are meant to be paid --------------------------------------


def invoice_amount(rng, mean):
    """Cents, lognormal, and often a round sum."""
    spread = 0.55
    cents = 100 * math.exp(rng.gauss(math.log(mean) - spread**2 / 2, spread))
    shape = rng.random()
    unit = 1 if shape < 0.45 else 50 if shape < 0.6 else 1000 if shape < 0.85 else 5000
    return max(rounded(cents, min(unit, 1000) if cents < 50000 else unit), 2500)


def make_invoices(rng, client):
    """The monthly rhythm of one client."""
    rate = BASE_RATES[client.currency]
    mean = client.revenue / (24 * client.per_month) / rate
    invoices = []
    for number in range(client.first_month, client.last_month + 1):
        season = {8: 0.85, 12: 0.9}.get(month_start(number).month, 1.03)
        count = int(client.per_month * season + rng.random())
        for place in range(count):
            day = client.billing_day + place * 28 // count + whole(rng, -1, 1)
            start = month_start(number)
            day = business_day(start + timedelta((max(day, 1) - 1) % 28))
            if day > LAST_DAY or len(invoices) >= client.max_invoices:
                continue
            due = day + timedelta(client.terms_on(day))
            invoices.append(Document(client, day, due, invoice_amount(rng, mean)))
    invoices.sort(key=lambda invoice: invoice.on)
    plan_settlement(rng, client, invoices)
    return invoices


def plan_settlement(rng, client, invoices):
    """When the client means to settle each invoice."""
    for invoice in invoices:
        chronic = client.persona == "chronic_late_payer"
        if rng.random() < client.habits.stuck and (chronic or invoice.on >= STUCK_FROM):
            invoice.marks.add("stuck")
            continue
        delay = delay_days(rng, client, invoice)
        if delay is None:
            invoice.marks.add("silent")
            continue
        day = plus(invoice.due, delay)
        if delay <= 0 and day > invoice.due:
            day = business_day(invoice.due, -1)
        invoice.settled = max(day, plus(invoice.on, 2))
    for before, after in pairwise(invoices):
        gap = abs((after.settled - before.settled).days)
        if gap <= 5 and before.settled > after.on and rng.random() < 0.4:
            is_late = after.settled > after.due
            if is_late == (before.settled > after.due):
                after.settled = before.settled


def delay_days(rng, client, invoice):
    """Days from due date to settlement by habit and season; None is never."""
    if client.note == "turns bad" and invoice.on >= date(2025, 6, 1):
        worse = (invoice.on - date(2025, 6, 1)).days
        return 10 + worse // 2 if worse < 75 else None
    if client.takes_discount and rng.random() < 0.4:
        return -whole(rng, 4, 6)
    if rng.random() < client.late_share:
        delay = max(round(rng.gauss(client.late_days, client.late_spread)), 1)
        if delay > 25 and rng.random() < 0.08:
            delay += whole(rng, 15, 50)
    else:
        delay = min(round(rng.gauss(client.early_days, 1.3)), 0)
    if delay >= 0 and invoice.due.month in (8, 12):
        delay += 4
    return delay


# --- what happens to invoices on the way ---------------------------------------------


def mark(rng, invoices, name, count, test):
    """Mark some of the invoices that are not marked yet and pass a test."""
    free = [i for i in invoices if not i.marks and test(i)]
    for invoice in some(rng, free, count):
        invoice.marks.add(name)


def paid_in_ledger(invoice):
    """Whether the plan says that the invoice is settled before the ledger ends."""
    return invoice.settled < LAST_DAY - timedelta(25)


def mark_invoices(rng, invoices, scale):
    """Decide which invoices meet which fate."""
    for invoice in invoices:
        share = invoice.client.habits.instalments
        if not invoice.marks and invoice.settled >= invoice.due + timedelta(12):
            late = max(invoice.client.late_share, 0.1)
            if rng.random() < share / late:
                invoice.marks.add("instalments")
    mark(rng, invoices, "discount", len(invoices), earns_discount)
    mark(
        rng,
        invoices,
        "bounced",
        round(12 * scale),
        lambda i: paid_in_ledger(i) and i.settled > i.due + timedelta(20),
    )
    mark(
        rng,
        invoices,
        "short",
        round(130 * scale),
        lambda i: i.amount > 20000 and paid_in_ledger(i),
    )
    mark(rng, invoices, "over", round(12 * scale), paid_in_ledger)
    mark(
        rng,
        invoices,
        "credited",
        round(65 * scale),
        lambda i: paid_in_ledger(i) and (i.settled - i.on).days > 12,
    )


def earns_discount(invoice):
    """Paid within ten days by a client that was offered 2 % for it."""
    quick = invoice.settled <= invoice.on + timedelta(10)
    return invoice.client.takes_discount and quick


def make_disputes(rng, invoices):
    """Disputes, some of which end in a credit note against the invoice."""
    disputes = []
    for invoice in invoices:
        share = invoice.client.habits.disputes
        stuck = "stuck" in invoice.marks
        rich = invoice.client.persona == "high_value_problem_account"
        if rng.random() >= (0.75 if rich else 0) if stuck else rng.random() >= share:
            continue
        opened = plus(invoice.on, whole(rng, 4, 18))
        if rich and not stuck:
            invoice.settled = plus(invoice.settled, whole(rng, 20, 75))
        closed = business_day(invoice.settled - timedelta(whole(rng, 3, 12)), -1)
        if closed <= opened or opened > LAST_DAY:
            continue
        reason = one_of(rng, DISPUTE_REASONS, (35, 20, 20, 18, 7))
        values = {"opened_date": opened, "closed_date": closed, "reason": reason}
        disputes.append(Note(opened, invoice, values))
        if not invoice.marks and rng.random() < 0.5:
            invoice.marks.add("credited")
            invoice.credited = (closed, credit_share(rng, invoice))
        if closed > LAST_DAY:
            invoice.marks.add("disputed")
    return disputes


def credit_share(rng, invoice):
    """Cents of a credit note against an invoice; now and then all of it."""
    if rng.random() < 0.04:
        return invoice.amount
    return rounded(invoice.amount * between(rng, 0.04, 0.3), 50)


def make_credit_notes(rng, invoices, scale):
    """On-account credit notes; half of them are applied to a later invoice."""
    hosts = [i for i in invoices if i.amount > 60000 and not i.marks]
    hosts_of = defaultdict(list)
    for host in hosts:
        hosts_of[host.client.client_id].append(host)
    notes = []
    for place, invoice in enumerate(some(rng, hosts, round(43 * scale))):
        day = plus(invoice.on, whole(rng, 6, 30))
        if day > LAST_DAY:
            continue
        amount = rounded(invoice.amount * between(rng, 0.05, 0.25), 100)
        note = Document(invoice.client, day, day, amount, is_credit=True)
        notes.append(note)
        later = [
            i
            for i in hosts_of[invoice.client.client_id]
            if not i.marks and i.amount > 2 * amount and day < i.settled <= LAST_DAY
        ]
        if place % 2 == 0 and later:
            later[0].absorbs = note
            later[0].marks.add("absorbs")
    return notes


# --- postings ------------------------------------------------------------------------


def post_invoice(rng, invoice):
    """Turn the plan of one invoice into postings."""
    marks = invoice.marks
    if marks & {"stuck", "silent"}:
        post_stuck(rng, invoice)
        return
    if "credited" in marks and not invoice.credited:
        day = business_day(invoice.settled - timedelta(whole(rng, 2, 8)), -1)
        invoice.credited = (day, credit_share(rng, invoice))
    rest = invoice.amount
    if invoice.credited:
        invoice.post(*invoice.credited, "credit_note")
        rest -= invoice.credited[1]
    if invoice.absorbs:
        invoice.post(invoice.settled, invoice.absorbs.amount, "credit_note")
        invoice.absorbs.post(invoice.settled, -invoice.absorbs.amount, "credit_note")
        rest -= invoice.absorbs.amount
    if "discount" in marks:
        discount = round(rest * 0.02)
        invoice.post(invoice.settled, discount, "discount")
        rest -= discount
    if rest > 0:
        post_cash(rng, invoice, rest)


def post_cash(rng, invoice, rest):
    """Cash for the rest of an invoice, in the way that its marks say."""
    marks = invoice.marks
    if "instalments" in marks:
        rest = post_instalments(rng, invoice, rest)
    if "bounced" in marks:
        first = plus(invoice.due, whole(rng, 1, 6))
        invoice.post(first, rest)
        invoice.post(plus(first, whole(rng, 2, 5)), rest, "reversal")
    if "short" in marks:
        rest -= whole(rng, 20, int(invoice.tolerance * 0.95))
    if "over" in marks:
        rest += one_of(rng, (900, 1000, 2700, 4500, 5000, 9000, 10000))
    invoice.post(invoice.settled, rest)


def post_instalments(rng, invoice, rest):
    """One or two instalments before the last; returns what is left for that."""
    span = (invoice.settled - invoice.due).days
    count = 2 if rng.random() < 0.3 and span > 20 else 1
    for place in range(count):
        day = plus(invoice.due, int(span * (place + between(rng, 0.2, 0.7)) / count))
        if day >= invoice.settled:
            break
        part = rounded(rest * between(rng, 0.3, 0.6), 1000 if rest < 10**6 else 10**4)
        if part >= rest * 0.8:
            break
        invoice.post(day, part)
        rest -= part
    return rest


def post_stuck(rng, invoice):
    """Nothing or a part is paid; a bad payer's rest is written off in the end."""
    if "stuck" in invoice.marks and rng.random() < 0.35:
        part = rounded(invoice.amount * between(rng, 0.2, 0.5), 1000)
        invoice.post(plus(invoice.due, whole(rng, 15, 60)), part)
    if "stuck" in invoice.marks and invoice.client.persona == "chronic_late_payer":
        day = plus(invoice.due, whole(rng, 125, 240))
        rest = invoice.open_on(day)
        invoice.post(day, rest, "write_off")


def unapplied_cash(rng, clients, invoices, scale):
    """Receipts without an invoice: unclear remittances and a few prepayments."""
    first = {}
    for invoice in invoices:
        first.setdefault(invoice.client.client_id, invoice.on)
    by_id = {client.client_id: client for client in clients}
    newcomers = [i for i in first if first[i] >= date(2024, 4, 1)]
    postings = []
    for client_id in some(rng, newcomers, round(6 * scale)):
        day = business_day(first[client_id] - timedelta(whole(rng, 3, 12)), -1)
        day = max(day, by_id[client_id].onboarded)
        amount = rounded(between(rng, 40000, 200000), 10000)
        postings.append(Posting(by_id[client_id], None, day, amount, "cash"))
    paid = [i for i in invoices if paid_in_ledger(i)]
    for invoice in some(rng, paid, round(19 * scale)):
        day = plus(invoice.settled, whole(rng, 1, 20))
        amount = rounded(between(rng, 5000, 180000), 10 if rng.random() < 0.5 else 1000)
        postings.append(Posting(invoice.client, None, day, amount, "cash"))
    return postings


# --- what is said --------------------------------------------------------------------


def make_reminders(rng, invoices, disputes):
    """Dunning while an invoice is open, past due and not disputed."""
    contested = {id(d.document): d.values for d in disputes}
    reminders = []
    for invoice in invoices:
        for level, days in enumerate(DUNNING_DAYS, start=1):
            day = plus(invoice.due, days)
            dispute = contested.get(id(invoice))
            if dispute and dispute["opened_date"] <= day <= dispute["closed_date"]:
                continue
            if day > LAST_DAY or invoice.open_on(day) <= invoice.tolerance:
                break
            if rng.random() < 0.04:
                continue
            values = {
                "level": level,
                "channel": one_of(rng, CHANNELS[level]),
                "response_date": response_date(rng, invoice, day),
            }
            reminders.append(Note(day, invoice, values))
    return reminders


def response_date(rng, invoice, day):
    """When the client answered a reminder, if it did."""
    replies = rng.random() < invoice.client.habits.replies
    answer = plus(day, one_of(rng, (1, 1, 2, 2, 3, 4, 5, 7, 9, 12)))
    if not replies or "silent" in invoice.marks:
        return NEVER
    return min(answer, invoice.settled) if invoice.settled > day else answer


def make_requests(rng, invoices):
    """Requests for more time, with promises that the payments keep or break."""
    requests = []
    for invoice in invoices:
        delay = (invoice.settled - invoice.due).days
        likely = invoice.client.habits.requests / max(invoice.client.late_share, 0.1)
        if delay < 18 or invoice.marks & {"bounced", "silent"}:
            continue
        if rng.random() >= likely:
            continue
        day = business_day(invoice.due + timedelta(whole(rng, -6, 8)), -1)
        if day > LAST_DAY or day <= invoice.on:
            continue
        promised = promised_date(rng, invoice, day)
        amount = invoice.open_on(day)
        values = {"invoice": invoice, "date": promised, "amount": amount}
        if rng.random() < 0.06:
            values = {"invoice": None, "date": NEVER, "amount": 0}
        requests.append(Note(day, invoice, values))
    return requests


def promised_date(rng, invoice, day):
    """A promise is kept when the invoice is settled by then."""
    keeps = {"high_value_problem_account": 0.55, "chronic_late_payer": 0.4}
    if "stuck" in invoice.marks:
        return plus(day, whole(rng, 14, 40))
    if rng.random() < keeps.get(invoice.client.persona, 0.75):
        return plus(invoice.settled, whole(rng, 0, 4))
    early = invoice.settled - timedelta(whole(rng, 8, 25))
    return max(business_day(early, -1), plus(day, 2))


# --- rates, limits and the general ledger --------------------------------------------


def make_rates(rng):
    """A slow walk around the base rate on every business day."""
    rows = []
    rates = {code: rate for code, rate in BASE_RATES.items() if code != "EUR"}
    day = date(2023, 12, 1)
    while day <= LAST_DAY:
        for code in rates:
            pull = 0.01 * (BASE_RATES[code] - rates[code])
            rates[code] += pull + rng.gauss(0, 0.0025 * BASE_RATES[code])
            rows.append((code, day, f"{rates[code]:.6f}"))
        day = plus(day, 1)
    return rows


def exposures(client_documents):
    """EUR open at each month-end of one client's documents."""
    totals = []
    for end in month_ends():
        total = 0
        for document in client_documents:
            if document.on <= end:
                sign = -1 if document.is_credit else 1
                rest = document.amount - sign * sum(
                    p.effect for p in document.postings if p.on <= end
                )
                rate = BASE_RATES[document.client.currency]
                total += sign * rest * rate / 100
        totals.append(total)
    return totals


def limit_for(values, utilisation):
    """A round limit under which the exposures stand at the utilisation."""
    used = [value for value in values if value > 0]
    if not used:
        return 5000
    limit = sum(used) / len(used) / utilisation
    unit = 500 if limit < 15000 else 1000 if limit < 60000 else 5000
    return rounded(limit, unit)


def make_limits(rng, clients, documents):
    """Credit limits of 85 % of the clients, sized from what they owe."""
    by_client = defaultdict(list)
    for document in documents:
        by_client[document.client.client_id].append(document)
    rows = []
    for client in some(rng, clients, round(len(clients) * 0.85)):
        owed = exposures(by_client[client.client_id])
        recent = owed[-6:] + [owed[-1]] * 4
        if client.note == "turns bad":
            recent = owed[6:18]
        limit = limit_for(recent, client.utilisation)
        start = client.onboarded
        if client.first_month == 0 and client.last_month == 23 and rng.random() < 0.2:
            before = limit_for(owed[2:12], client.utilisation)
            if before != limit:
                rows.append((client.client_id, start, money(before * 100)))
                start = business_day(month_start(whole(rng, 12, 19)))
        rows.append((client.client_id, start, money(limit * 100)))
    return rows


def make_gl(documents, postings):
    """Month-end balances by currency, from the flow of documents and postings."""
    flows = {code: [] for code in BASE_RATES}
    for d in documents:
        flows[d.client.currency].append((d.on, -d.amount if d.is_credit else d.amount))
    for p in postings:
        flows[p.client.currency].append((p.on, -p.effect))
    return [
        (end, money(sum(amount for day, amount in flows[code] if day <= end)), code)
        for end in month_ends()
        for code in sorted(BASE_RATES)
    ]


# --- from objects to rows ------------------------------------------------------------


def number(items, template, gaps=None):
    """Give ids in date order; a gap is an id kept free on a given day."""
    queue = [(item.on, 0, place, item) for place, item in enumerate(items)]
    queue += [(day, 1, 0, reason) for reason, day in (gaps or {}).items()]
    counter, kept = Counter(), {}
    for day, is_gap, _, item in sorted(queue, key=lambda entry: entry[:3]):
        series = day.year if "{year}" in template else 0
        counter[series] += 1
        doc_id = template.format(year=day.year, number=counter[series])
        if is_gap:
            kept[item] = doc_id
        else:
            item.doc_id = doc_id
    return kept


def text(day):
    """A date as text; what is not known by the end of the ledger is empty."""
    return str(day) if day <= LAST_DAY else ""


def record_documents(rng, documents, scale):
    """Set when documents were recorded; a few only after their month was closed."""
    tardy = [
        d
        for d in documents
        if d.on.day >= 22 and d.settled > d.on + timedelta(25) and not d.is_credit
    ]
    tardy = [d for d in tardy if d.on.month < 12]
    tardy = {id(d) for d in some(rng, tardy, round(15 * scale))}
    for document in documents:
        lag = whole(rng, 10, 17) if id(document) in tardy else None
        document.recorded = recorded_at(rng, document.on, lag)


def record_postings(rng, postings):
    """Set when postings were recorded; what came on one day was keyed in at once."""
    recorded = {}
    for posting in postings:
        receipt = (posting.client.client_id, posting.on)
        if receipt not in recorded:
            recorded[receipt] = recorded_at(rng, posting.on)
        posting.recorded = recorded[receipt]


def document_rows(documents):
    """Rows of the invoices table."""
    return [
        {
            "invoice_id": d.doc_id,
            "client_id": d.client.client_id,
            "invoice_date": str(d.on),
            "due_date": str(d.due),
            "amount": money(d.amount),
            "currency_code": d.client.currency,
            "document_type": "credit_note" if d.is_credit else "invoice",
            "is_disputed": "true" if "disputed" in d.marks else "false",
            "recorded_at": d.recorded,
        }
        for d in documents
    ]


def payer_id(posting):
    """Who paid: from October 2025 on, a parent pays its children's invoices."""
    is_cash = posting.kind == "cash" and posting.document
    if is_cash and posting.on >= date(2025, 10, 1) and posting.client.parent_id:
        return posting.client.parent_id
    return posting.client.client_id


def posting_rows(postings):
    """Rows of the payments table."""
    return [
        {
            "payment_id": p.doc_id,
            "client_id": payer_id(p),
            "invoice_id": p.document.doc_id if p.document else "",
            "payment_date": str(p.on),
            "amount": money(p.amount),
            "currency_code": p.client.currency,
            "kind": p.kind,
            "recorded_at": p.recorded,
        }
        for p in postings
    ]


def client_rows(clients):
    """Rows of the clients table; a change of master data is a second row."""
    rows = []
    for client in clients:
        row = {
            "client_id": client.client_id,
            "client_name": client.name,
            "industry": client.industry,
            "company_size": client.size,
            "country_code": client.country,
            "parent_client_id": client.parent_id,
            "payment_terms_days": str(client.terms),
            "valid_from": str(client.onboarded),
        }
        rows.append(row)
        if client.changed_on <= LAST_DAY:
            changes = {
                "company_size": client.changed_size,
                "payment_terms_days": str(client.changed_terms),
                "valid_from": str(client.changed_on),
            }
            rows.append(row | changes)
    return rows


def reminder_rows(reminders):
    """Rows of the reminders table."""
    return [
        {
            "reminder_id": r.doc_id,
            "client_id": r.document.client.client_id,
            "invoice_id": r.document.doc_id,
            "reminder_date": str(r.on),
            "level": str(r.values["level"]),
            "channel": r.values["channel"],
            "response_date": text(r.values["response_date"]),
        }
        for r in reminders
    ]


def request_rows(requests):
    """Rows of the extension requests; a promise may lie after the ledger's end."""
    rows = []
    for request in requests:
        invoice, promised = request.values["invoice"], request.values["date"]
        rows.append(
            {
                "request_id": request.doc_id,
                "client_id": request.document.client.client_id,
                "request_date": str(request.on),
                "invoice_id": invoice.doc_id if invoice else "",
                "promised_date": str(promised) if invoice else "",
                "promised_amount": money(request.values["amount"]) if invoice else "",
            }
        )
    return rows


def dispute_rows(disputes):
    """Rows of the disputes table."""
    return [
        {
            "dispute_id": d.doc_id,
            "invoice_id": d.document.doc_id,
            "opened_date": str(d.on),
            "closed_date": text(d.values["closed_date"]),
            "reason": d.values["reason"],
        }
        for d in disputes
    ]


def plain_rows(table, rows):
    """Rows of a table whose values are tuples in column order."""
    columns = COLUMNS[table].split()
    return [dict(zip(columns, map(str, row), strict=True)) for row in rows]


# --- a pinch of bad rows -------------------------------------------------------------

# numbers kept free in the series, for bad rows that stand on these days
GAPS = {
    "invoices": {
        "zero": date(2024, 5, 15),
        "not a number": date(2024, 9, 10),
        "unknown client": date(2024, 11, 19),
        "due too early": date(2025, 2, 13),
        "no such day": date(2025, 2, 28),
        "unknown currency": date(2025, 4, 8),
        "far future": date(2025, 5, 5),
    },
    "payments": {
        "too early": date(2024, 8, 6),
        "no client": date(2025, 1, 21),
        "not a number": date(2025, 3, 11),
        "unknown invoice": date(2025, 7, 17),
    },
    "reminders": {
        "unknown invoice": date(2024, 10, 8),
        "bad date": date(2025, 6, 30),
    },
    "extension_requests": {"unknown client": date(2025, 5, 20)},
    "disputes": {
        "unknown invoice": date(2024, 9, 24),
        "reversed": date(2025, 8, 12),
    },
}


@dataclass
class BadRow:
    """An extra row, the place where it stands, and what is wrong with it."""

    table: str
    values: dict
    what: str
    position: str = ""

    def __post_init__(self):
        """A bad row stands where its own date puts it, unless told otherwise."""
        self.position = self.position or self.values[ORDER[self.table][0]]

    @property
    def document_id(self):
        """The id that it carries, as far as it carries one."""
        if self.table == "exchange_rates":
            return f"{self.values['currency_code']} {self.values['rate_date']}"
        return self.values[COLUMNS[self.table].split()[0]]


def pick(tables, table, start, **wanted):
    """A copy of the first row from a place on that has the wanted values."""
    return next(
        dict(row)
        for row in tables[table]
        if row[ORDER[table][0]] >= str(start)
        and all(row[name] == value for name, value in wanted.items())
    )


def shifted(row, days, *columns):
    """Date columns some days later; a time of day stays as it is."""
    return {
        name: str(date.fromisoformat(row[name][:10]) + timedelta(days)) + row[name][10:]
        for name in columns
    }


def bad_invoices(tables, ids):
    """Ten bad invoices, each otherwise like a good one of the same day."""

    def like(day):
        return pick(tables, "invoices", day, document_type="invoice")

    def numbered(reason, amount, what, **changes):
        row = like(GAPS["invoices"][reason])
        place = row["invoice_date"]
        row |= {"invoice_id": ids["invoices"][reason], "amount": amount} | changes
        return BadRow("invoices", row, what, place)

    yield BadRow("invoices", like(date(2024, 3, 12)), "exact duplicate")
    again = like(date(2024, 6, 18)) | {"amount": "1184.30"}
    again |= shifted(again, 14, "invoice_date", "due_date", "recorded_at")
    what = "invoice_id already used for another amount and an earlier date"
    yield BadRow("invoices", again, what)
    yield numbered("zero", "0.00", "amount of zero")
    yield numbered("not a number", "n/a", "amount is not a number")
    yield numbered("unknown client", "2310.00", "unknown client", client_id="C9999")
    day = GAPS["invoices"]["due too early"] - timedelta(10)
    what = "due date before invoice date"
    yield numbered("due too early", "745.50", what, due_date=str(day))
    what = "no such day in the calendar"
    yield numbered("no such day", "3920.00", what, invoice_date="2025-02-30")
    what = "unknown currency"
    yield numbered("unknown currency", "1650.00", what, currency_code="XXX")
    days = {"invoice_date": "2202-05-03", "due_date": "2202-06-02"}
    yield numbered("far future", "880.00", "invoice date in the far future", **days)
    nameless = like(date(2025, 9, 16)) | {"invoice_id": "", "amount": "1275.00"}
    yield BadRow("invoices", nameless, "invoice_id is missing")


def bad_payments(tables, ids):
    """Five bad payments."""

    def like(day):
        row = pick(tables, "payments", day, kind="cash")
        while not row["invoice_id"]:
            day += timedelta(1)
            row = pick(tables, "payments", day, kind="cash")
        return row

    def numbered(reason, what, **changes):
        row = like(GAPS["payments"][reason]) | changes
        row["payment_id"] = ids["payments"][reason]
        return BadRow("payments", row, what)

    start = GAPS["payments"]["too early"] + timedelta(60)
    invoice = pick(tables, "invoices", start, document_type="invoice")
    shared = ("invoice_id", "client_id", "amount", "currency_code")
    values = {name: invoice[name] for name in shared}
    day = shifted(invoice, -60, "invoice_date")["invoice_date"]
    values |= {"payment_date": day, "recorded_at": f"{day} 10:12:44"}
    yield numbered("too early", "paid 60 days before its invoice", **values)
    yield numbered("no client", "client_id is missing", client_id="", amount="912.40")
    yield numbered("not a number", "amount is not a number", amount="abc")
    yield numbered("unknown invoice", "unknown invoice", invoice_id="INV-2025-990417")
    again = like(date(2025, 10, 7)) | {"amount": "640.00"}
    again |= shifted(again, 7, "payment_date", "recorded_at")
    what = "payment_id already used for another amount and an earlier date"
    yield BadRow("payments", again, what)


def bad_clients(tables):
    """Two bad rows of master data and a credit limit."""
    row = pick(tables, "clients", "C0121")
    row |= {"client_id": "", "client_name": "Hollerbach Bau GmbH"}
    yield BadRow("clients", row, "client_id is missing", "C0121")
    yield BadRow("clients", pick(tables, "clients", "C0238"), "exact duplicate")
    row = pick(tables, "credit_limits", "C0174")
    row |= {"valid_from": "2025-03-03", "credit_limit_amount": "-20000.00"}
    yield BadRow("credit_limits", row, "negative limit")


def bad_notes(tables, ids):
    """Bad reminders, disputes, a request and an exchange rate."""

    def numbered(table, reason, what, **changes):
        row = pick(tables, table, GAPS[table][reason])
        place = row[ORDER[table][0]]
        row[COLUMNS[table].split()[0]] = ids[table][reason]
        return BadRow(table, row | changes, what, place)

    what = "unknown invoice"
    changes = {"invoice_id": "INV-2024-990112", "response_date": ""}
    yield numbered("reminders", what, what, **changes)
    what = "date is not an ISO date"
    yield numbered("reminders", "bad date", what, reminder_date="30/06/2025")
    what = "unknown client"
    changes = {"client_id": "C9998", "invoice_id": ""}
    yield numbered("extension_requests", what, what, **changes)
    what = "unknown invoice"
    yield numbered("disputes", what, what, invoice_id="INV-2024-990233")
    day = str(GAPS["disputes"]["reversed"] - timedelta(9))
    yield numbered("disputes", "reversed", "closed before opened", closed_date=day)
    row = {"currency_code": "GBP", "rate_date": "2025-06-14"}
    yield BadRow("exchange_rates", row | {"rate_to_reporting": "0.000000"}, "zero rate")


# --- the whole -----------------------------------------------------------------------


def make_ledger(client_count=SAMPLE_CLIENTS):
    """The tables with good and bad rows, the bad rows, and the clients."""
    rng = Random(SEED)
    scale = client_count / SAMPLE_CLIENTS
    clients = make_clients(rng, scale)
    invoices = []
    for client in clients:
        invoices += make_invoices(Random(f"{SEED} {client.client_id}"), client)
    invoices.sort(key=lambda invoice: invoice.on)
    disputes = make_disputes(rng, invoices)
    mark_invoices(rng, invoices, scale)
    credit_notes = make_credit_notes(rng, invoices, scale)
    for invoice in invoices:
        post_invoice(rng, invoice)
    documents = invoices + credit_notes
    postings = unapplied_cash(rng, clients, invoices, scale)
    postings += [posting for document in documents for posting in document.postings]
    postings = [posting for posting in postings if posting.on <= LAST_DAY]
    postings.sort(key=lambda posting: (posting.on, posting.client.client_id))
    record_documents(rng, documents, scale)
    record_postings(rng, postings)
    reminders = make_reminders(rng, invoices, disputes)
    requests = make_requests(rng, invoices)

    ids = {
        "invoices": number(invoices, "INV-{year}-{number:06d}", GAPS["invoices"]),
        "payments": number(postings, "PAY-{number:06d}", GAPS["payments"]),
        "reminders": number(reminders, "REM-{number:05d}", GAPS["reminders"]),
        "extension_requests": number(
            requests, "EXT-{number:04d}", GAPS["extension_requests"]
        ),
        "disputes": number(disputes, "DSP-{number:04d}", GAPS["disputes"]),
    }
    number(credit_notes, "CN-{year}-{number:04d}")
    limits = make_limits(rng, clients, documents)
    tables = {
        "invoices": document_rows(documents),
        "payments": posting_rows(postings),
        "clients": client_rows(clients),
        "reminders": reminder_rows(reminders),
        "extension_requests": request_rows(requests),
        "credit_limits": plain_rows("credit_limits", limits),
        "disputes": dispute_rows(disputes),
        "exchange_rates": plain_rows("exchange_rates", make_rates(rng)),
        "gl_balances": plain_rows("gl_balances", make_gl(documents, postings)),
    }
    for table, rows in tables.items():
        rows.sort(key=lambda row, keys=ORDER[table]: [row[key] for key in keys])
    bad = [
        *bad_invoices(tables, ids),
        *bad_payments(tables, ids),
        *bad_clients(tables),
        *bad_notes(tables, ids),
    ]
    return {name: mixed(name, rows, bad) for name, rows in tables.items()}, bad, clients


def mixed(table, rows, bad):
    """Good rows with the bad ones at their places among them."""
    first, second = ORDER[table]
    keyed = [((row[first], row[second]), row) for row in rows]
    keyed += [
        ((row.position, row.values[second]), row.values)
        for row in bad
        if row.table == table
    ]
    return [row for _, row in sorted(keyed, key=lambda entry: entry[0])]


def write_csv(path, columns, rows):
    """A CSV file, the same on every system."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_ledger(folder=DEFAULT_FOLDER, client_count=SAMPLE_CLIENTS):
    """Write the tables into a folder, and the truth outside it."""
    folder = Path(folder)
    tables, bad, clients = make_ledger(int(client_count))
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        columns = COLUMNS[table].split()
        values = [[row[column] for column in columns] for row in rows]
        write_csv(folder / f"{table}.csv", columns, values)
    is_default = folder.resolve() == DEFAULT_FOLDER
    beside = ROOT / "benchmarks" / "sample" if is_default else folder.resolve()
    truth = [(client.client_id, client.persona, client.note) for client in clients]
    write_csv(f"{beside}_truth.csv", ("client_id", "persona", "note"), truth)
    wrong = sorted((row.table, row.position, row.document_id, row.what) for row in bad)
    wrong = [(table, document_id, what) for table, _, document_id, what in wrong]
    write_csv(f"{beside}_bad_rows.csv", ("ledger_table", "document_id", "what"), wrong)


if __name__ == "__main__":
    write_ledger(*sys.argv[1:3])
