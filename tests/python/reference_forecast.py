"""The ageing forecast of a ledger in pandas, from the definitions.

A book on any day is invoices less what was applied by then, never a state of the
build. Money is in whole cents; rows of a matrix are new and the buckets.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

BUCKETS = ["not_due", "1_30", "31_60", "61_90", "over_90"]
LIMITS = [0, 30, 60, 90]
PRIOR, MEMORY, FEWEST_WINDOWS, FEWEST_ORIGINS = 10, 12, 3, 10
HORIZONS = {"1_month": 1, "2_months": 2, "3_months": 3}
DAY = pd.Timedelta(days=1)


def to_cent(amounts) -> np.ndarray:
    """Cents, halves up; what doubles add at the seventh digit is not counted."""
    return np.floor(np.round(np.asarray(amounts, float), 4) + 0.5).astype(int)


def share(amount: int, part: int, whole: int) -> int:
    """Amount x part / whole in cents, halves up, in whole numbers."""
    return (2 * int(amount) * int(part) + int(whole)) // (2 * int(whole))


class Ledger:
    """Invoices and what was applied to them, as books and moves on any day."""

    def __init__(self, invoices: pd.DataFrame, applied: pd.DataFrame, as_of):
        """Invoices by invoice_id: client_id, two dates, cents; applied: cents; of
        both also document_cents, in the document's own currency."""
        self.as_of = pd.Timestamp(as_of)
        self.invoices = invoices[invoices["invoice_date"] <= self.as_of]
        self.applied = applied[applied["date"] <= self.as_of]
        first = min(invoices["invoice_date"].min(), applied["date"].min())
        self.month_ends = [*pd.date_range(first, self.as_of, freq="ME")]
        self.first = first + pd.offsets.MonthEnd(0)
        self.left = lru_cache(None)(self.left)
        self.moves = lru_cache(None)(self.moves)

    def left(self, day) -> pd.Series:
        """Open cents of every invoice; none of one not yet issued."""
        applied = self.applied[self.applied["date"] <= day]
        sums = applied.groupby("invoice_id")["cents"].sum()
        cents = self.invoices["cents"] - sums.reindex(self.invoices.index).fillna(0)
        return cents.where(self.invoices["invoice_date"] <= day, 0).clip(lower=0)

    def is_open(self, day) -> pd.Series:
        """Whether more is left of it than 1 % and than 5.00, in its own currency."""
        applied = self.applied[self.applied["date"] <= day]
        sums = applied.groupby("invoice_id")["document_cents"].sum()
        billed = self.invoices["document_cents"]
        left = billed - sums.reindex(self.invoices.index).fillna(0)
        return left > np.minimum(billed / 100, 500)

    def places(self, day) -> np.ndarray:
        """The number of each invoice's bucket."""
        late = (day - self.invoices["due_date"]) // DAY
        return np.searchsorted(LIMITS, late, side="left")

    def book(self, day, clients=None) -> np.ndarray:
        """Open cents by bucket."""
        left = self.left(day)
        if clients is not None:
            left = left.where(self.invoices["client_id"].isin(clients), 0)
        return np.bincount(self.places(day), left, 5)

    def moves(self, begin, end, clients=None) -> tuple:
        """Cents and open invoices that began in new and each bucket, and where the
        cents are; what is left of a settled one is none."""
        issued = self.invoices["invoice_date"]
        is_new = (issued > begin) & (issued <= end)
        start = self.left(begin).where(self.is_open(begin), 0)
        start = start.where(~is_new, self.invoices["cents"])
        if clients is not None:
            start = start.where(self.invoices["client_id"].isin(clients), 0)
        stays = np.minimum(start, self.left(end))
        came_from = np.where(is_new, 0, 1 + self.places(begin))
        goes_to = came_from * 5 + self.places(end)
        return (
            np.bincount(came_from, start, 6),
            np.bincount(came_from, start > 0, 6),
            np.bincount(goes_to, stays, 30).reshape(6, 5),
        )

    def windows(self, step: str) -> list:
        """Whole months, or four weeks counted back from the as-of date."""
        if step == "month":
            return [*pairwise(self.month_ends)]
        ends = pd.date_range(self.as_of, self.first + 28 * DAY, freq="-7D")
        return [(end - 28 * DAY, end) for end in ends[::-1]]


def observed(ledger: Ledger, windows, clients=None) -> tuple:
    """Rates of all windows together, invoices that they rest on, mean billing."""
    found = [ledger.moves(*window, clients) for window in windows]
    start, count, stays = (sum(parts) for parts in zip(*found, strict=True))
    with np.errstate(invalid="ignore"):
        return stays / start[:, None], count, share(start[0], 1, len(windows))


def carry(rates, billed, book, steps=1) -> np.ndarray:
    """The book after so many steps; what was never followed stays."""
    kept = np.eye(5)
    matrix = np.where(np.isnan(rates[1:]), kept, rates[1:])
    added = np.nan_to_num(rates[0]) * billed
    for _ in range(steps):
        book = book @ matrix + added
    return to_cent(book)


def draw(chained, today) -> np.ndarray:
    """The chained book, scaled to the mean of its total and today's."""
    whole, both = chained.sum(), chained.sum() + today.sum()
    if whole > 0:
        return np.array([share(cents, both, 2 * whole) for cents in chained])
    return np.array([share(cents, 1, 2) for cents in today])


def backtest(ledger: Ledger) -> pd.DataFrame:
    """What would have been said at each origin with what was known, and came."""
    rows = []
    for step in ("month", "4_weeks"):
        windows = ledger.windows(step)
        for origin, _ in windows:
            oldest = origin - pd.DateOffset(months=MEMORY)
            known = [w for w in windows if w[1] <= origin and w[0] >= oldest]
            if len(known) < FEWEST_WINDOWS:
                continue
            rates, _, billed = observed(ledger, known)
            today = ledger.book(origin).astype(int)
            horizons = HORIZONS if step == "month" else {step: 1}
            for horizon, steps in horizons.items():
                target = origin + 28 * DAY
                if step == "month":
                    target = origin + pd.offsets.MonthEnd(steps)
                if target > ledger.as_of:
                    continue
                chained = carry(rates, billed, today, steps)
                figures = {
                    "actual_amount": ledger.book(target).astype(int),
                    "forecast_amount": draw(chained, today),
                    "transitions_amount": chained,
                    "naive_amount": today,
                }
                figures = pd.DataFrame(figures, index=BUCKETS)
                figures.loc["total"] = figures.sum()
                figures["new_billing_amount"] = billed
                figures["target_date"] = target
                keys = {"origin_date": origin, "horizon": horizon}
                rows.append(figures.rename_axis("measure").reset_index().assign(**keys))
    if not rows:
        return pd.DataFrame()
    keys = ["origin_date", "horizon", "measure"]
    return pd.concat(rows).set_index(keys)


def records(past: pd.DataFrame) -> pd.DataFrame:
    """By horizon and measure: origins, and absolute errors of both forecasts."""
    missed = {
        name: (past["actual_amount"] - past[f"{name}_amount"]).abs()
        for name in ("forecast", "naive")
    }
    found = pd.DataFrame(missed).groupby(["horizon", "measure"]).agg("sum")
    return found.assign(origins=past.groupby(["horizon", "measure"]).size())


def choose(judged: pd.DataFrame, today, chained, drawn, split=share) -> np.ndarray:
    """Each bucket by what was nearer so far; a total that stays is split by the
    chain."""
    is_naive = judged["naive"] < judged["forecast"]
    is_naive &= judged["origins"] >= FEWEST_ORIGINS
    by_change = is_naive[BUCKETS].to_numpy()
    if not is_naive["total"]:
        return np.where(by_change, today, drawn)
    rest, pot = np.where(by_change, 0, chained), today[~by_change].sum()
    if rest.sum() == 0:
        return today
    running = [split(pot, part, rest.sum()) for part in rest.cumsum()]
    return np.where(by_change, today, np.diff([0, *running]))


def bands(past: pd.DataFrame, record: pd.DataFrame) -> pd.DataFrame:
    """P10 and P90 of what came over what is in use, as shares of the book."""
    found = []
    totals = past.xs("total", level="measure")[["naive_amount", "actual_amount"]]
    largest = totals.max(axis=1).groupby("horizon").max()
    for (_, horizon), rows in past.groupby(["origin_date", "horizon"]):
        if horizon not in HORIZONS:
            continue
        figures = rows.droplevel(["origin_date", "horizon"]).loc[BUCKETS]
        names = ("naive", "transitions", "forecast")
        told = (figures[f"{name}_amount"].to_numpy() for name in names)
        used = choose(record.loc[horizon], *told, split=lambda a, b, c: a * b / c)
        book = figures["naive_amount"].sum()
        if book > 0 and 100 * book >= largest[horizon]:
            missed = (figures["actual_amount"] - used) / book
            found.append(missed.rename_axis("measure").to_frame("e").assign(h=horizon))
    errors = pd.concat(found).groupby(["h", "measure"])["e"]

    def place(errors, at):
        has_band = len(errors) >= FEWEST_ORIGINS
        return np.quantile(errors, at, method="weibull") if has_band else np.nan

    sides = {"low": 0.1, "high": 0.9}
    return pd.DataFrame({side: errors.agg(place, at) for side, at in sides.items()})


def forecast(ledger: Ledger, segment_of: pd.Series) -> pd.DataFrame:
    """The mart: segments and all, three months, with method and band."""
    windows = ledger.windows("month")[-MEMORY:]
    of_all, _, _ = observed(ledger, windows)
    past = backtest(ledger)
    record = records(past)
    rows = []
    for segment, members in segment_of.groupby(segment_of):
        clients = tuple(members.index)
        rates, count, billed = observed(ledger, windows, clients)
        weight = count[:, None]
        own = np.where(weight > 0, np.nan_to_num(rates), 0)
        rates = (weight * own + PRIOR * of_all) / (weight + PRIOR)
        today = ledger.book(ledger.as_of, clients).astype(int)
        for horizon, steps in HORIZONS.items():
            judged = record.loc[horizon]
            chained = carry(rates, billed, today, steps)
            chosen = choose(judged, today, chained, draw(chained, today))
            figures = pd.DataFrame(
                {
                    "forecast_amount": chosen,
                    "naive_amount": today,
                    "transitions_amount": chained,
                    "new_billing_amount": billed,
                },
                index=pd.Index(BUCKETS, name="aging_bucket"),
            ).reset_index()
            rows.append(figures.assign(segment_code=segment, horizon_months=steps))
    rows = pd.concat(rows)
    whole = rows.groupby(["horizon_months", "aging_bucket"], as_index=False)
    whole = whole.sum(numeric_only=True).assign(segment_code="all")
    rows = pd.concat([rows, whole])
    horizon = rows["horizon_months"].map({v: k for k, v in HORIZONS.items()})
    keys = pd.MultiIndex.from_arrays([horizon, rows["aging_bucket"]])
    judged = record.reindex(keys).set_axis(rows.index)
    is_naive = judged["naive"] < judged["forecast"]
    is_naive &= judged["origins"] >= FEWEST_ORIGINS
    rows["method"] = np.where(is_naive, "naive", "transitions")
    by_segment = rows.groupby(["horizon_months", "segment_code"])
    book = by_segment["naive_amount"].transform("sum")
    found = bands(past, record)
    found = found.reindex(keys).set_axis(rows.index)
    for side in ("low", "high"):
        band = found[side].where(book > 0)
        amount = (rows["forecast_amount"] + book * band).astype(float).clip(lower=0)
        rows[f"{side}_amount"] = pd.Series(amount, rows.index).round(4)
    for name in ("forecast", "naive"):
        total = by_segment[f"{name}_amount"].transform("sum")
        rows[name] = rows[f"{name}_amount"] / total.where(total > 0)
    rows["share_shift_points"] = 100 * (rows["forecast"] - rows["naive"])
    return rows.set_index(["horizon_months", "segment_code", "aging_bucket"])
