"""How clients pay, in pandas: the features of every client as of a day.

Written from the definitions and from what the columns are described to mean, not
translated from the SQL; where these are silent, a comment says "as built".
Money is in whole cents until the last step.
"""

import numpy as np
import pandas as pd
from reference_ledger import DAY, convert, convert_all, in_force, read_documents, see

BUCKETS = {"not_due": 0, "1_30": 30, "31_60": 60, "61_90": 90, "over_90": 10**6}
SIZES = {"small": 1, "medium": 2, "large": 3, "enterprise": 4}
PEERS = ["terms", "size", "all"]
ENOUGH = {"terms": 20, "size": 20, "all": 0}
FLAGS = {
    "has_clients": "clients",
    "has_payments": "payments",
    "has_reminders": "reminders",
    "has_extension_requests": "extension_requests",
    "has_credit_limits": "credit_limits",
}


def ratio(part, whole) -> pd.Series:
    """A quotient; null where there is nothing to divide by."""
    return part / whole.where(whole > 0)


# Of groups of documents: of each client, or of each segment.


def behavior(documents, entries, by: str, as_of) -> pd.DataFrame:
    """What the documents and entries of each group say of it."""
    groups = pd.Index(documents[by].unique(), name=by)
    invoices = documents[documents["document_type"] == "invoice"]
    known = invoices[invoices["is_late_known"]]
    f = pd.DataFrame(index=groups)

    def total(values, rows=documents) -> pd.Series:
        """Sums of the groups, 0 where there is nothing."""
        return values.groupby(rows[by]).sum().reindex(groups, fill_value=0)

    money, amounts = documents["net_cents"], invoices.groupby(by)["invoice_amount"]
    f["total_invoiced_amount"] = total(money) / 100
    for name in ("open", "overdue", "written_off"):
        column = "outstanding" if name == "open" else name
        f[f"{column}_amount"] = total(documents[f"{name}_cents"]) / 100
    f["avg_invoice_amount"] = amounts.mean()
    f["stddev_invoice_amount"] = amounts.std().where(amounts.count() >= 3)
    f["invoice_count"] = total(invoices["cents"].notna(), invoices)
    f["first_invoice_date"] = invoices.groupby(by)["invoice_date"].min()
    f["last_invoice_date"] = invoices.groupby(by)["invoice_date"].max()
    # as built: a month has 30.4375 days, and the first counts whole
    months = (as_of - f["first_invoice_date"]) / DAY / (365.25 / 12)
    f["invoice_velocity"] = ratio(f["invoice_count"], months.clip(lower=1))
    is_part = invoices["is_partially_paid"] & invoices["is_paid_or_due"]
    is_judged = total(invoices["is_paid_or_due"], invoices)
    f["partial_payment_ratio"] = ratio(total(is_part, invoices), is_judged)
    return f.join(lateness(known, by, as_of)).join(
        [weighted_days_late(invoices, entries, by), ageing(invoices, by)]
    )


def lateness(known: pd.DataFrame, by: str, as_of) -> pd.DataFrame:
    """What invoices of known outcome say of each group."""
    days, is_late = known["known_days"], known["known_days"] > 0
    by_days, weights = days.groupby(known[by]), known["invoice_date"]
    weights = 0.5 ** ((as_of - weights) / DAY / 180)
    f = pd.DataFrame({"known_outcome_count": by_days.size()})
    f["late_count"] = is_late.groupby(known[by]).sum()
    f["severely_late_count"] = (days > 30).groupby(known[by]).sum()
    f["avg_days_late"] = by_days.mean()
    f["median_days_late"] = by_days.median()
    f["max_days_late"] = by_days.max()
    f["stddev_days_late"] = by_days.std().where(f["known_outcome_count"] >= 3)
    f["payment_consistency_index"] = f["stddev_days_late"]
    size = f["avg_days_late"].abs()
    f["payment_consistency_cv"] = f["stddev_days_late"] / size.where(size > 5)
    weighted = (weights * days).groupby(known[by]).sum()
    f["recency_weighted_days_late"] = weighted / weights.groupby(known[by]).sum()
    f["on_time_rate"] = ratio(
        f["known_outcome_count"] - f["late_count"], f["known_outcome_count"]
    )
    f["late_rate"] = ratio(f["late_count"], f["known_outcome_count"])
    severe = ratio(f["severely_late_count"], f["known_outcome_count"])
    f["severely_late_rate"] = severe
    f["avg_overdue_exposure_amount"] = (
        known[is_late].groupby(by)["invoice_amount"].mean()
    )
    return f


def weighted_days_late(invoices, entries, by: str) -> pd.Series:
    """Days late weighted by amount: of applications, and of what is overdue."""
    weighed = entries[entries["is_invoice"] & (entries["kind"] != "write_off")]
    amounts = pd.concat([weighed["applied"], invoices["overdue_cents"]])
    days = pd.concat([weighed["days_late"], invoices["days_past_due"].fillna(0)])
    groups = pd.concat([weighed[by], invoices[by]]).to_numpy()
    days_late = ratio(
        (amounts * days).groupby(groups).sum(), amounts.groupby(groups).sum()
    )
    return days_late.rename("weighted_avg_days_late")


def ageing(invoices: pd.DataFrame, by: str) -> pd.DataFrame:
    """Shares of invoices and of their amount, by days late or past due."""
    aged = invoices.dropna(subset="aged_days")
    limits = [-np.inf, *BUCKETS.values()]
    buckets = pd.cut(aged["aged_days"], limits, labels=list(BUCKETS))
    counts = aged.groupby([aged[by], buckets], observed=False)["cents"]
    f = {}
    for measure, table in {
        "share": counts.size().unstack(),
        "amount_share": counts.sum().unstack(),
    }.items():
        for bucket in BUCKETS:
            share = ratio(table[bucket], table.sum(axis=1))
            f[f"aging_{bucket}_{measure}"] = share
    return pd.DataFrame(f)


# Of each client alone, from its invoices of known outcome.


def payment_trend(known: pd.DataFrame, as_of) -> pd.Series:
    """Mean days late of those due in the last 90 days, or later, less the others'."""
    is_recent = known["due_date"] > as_of - 90 * DAY
    sides = known.groupby(["client_id", is_recent])["known_days"].agg(["size", "mean"])
    means = sides["mean"].where(sides["size"] >= 3).unstack()
    means = means.reindex(columns=[False, True])
    return means[True] - means[False]


def seasons(known: pd.DataFrame, as_of) -> pd.DataFrame:
    """Late rates by quarter of the due date, for clients with a full year."""
    is_late = known["known_days"] > 0
    rates = is_late.groupby([known["client_id"], known["due_date"].dt.quarter]).mean()
    rates = rates.unstack().reindex(columns=[1, 2, 3, 4])
    first_due = known.groupby("client_id")["due_date"].min()
    is_full = rates.notna().all(axis=1) & (first_due <= as_of - pd.DateOffset(years=1))
    rates = rates.where(is_full)
    own = is_late.groupby(known["client_id"]).mean()
    f = rates.set_axis([f"late_rate_q{quarter}" for quarter in rates], axis=1)
    f["seasonal_late_index"] = rates[as_of.quarter] / own.where(own > 0)
    return f


def days_to_expect(days, is_settled, horizon: int) -> float:
    """Area under the share still unpaid, day by day (Kaplan and Meier)."""
    days = np.clip(days, 0, horizon).astype(int)
    paid_on = np.bincount(days[is_settled], minlength=horizon + 1)
    gone_on = np.bincount(days, minlength=horizon + 1)
    left_before = len(days) - np.cumsum(gone_on) + gone_on
    stays = 1 - paid_on / np.maximum(left_before, 1)
    return np.cumprod(stays)[:horizon].sum()


# Of what stands beside the documents.


def cash_entries(seen: dict, documents, entries) -> pd.DataFrame:
    """All cash of clients: on documents, and what stands beside them."""
    beside = unapplied(seen, documents)
    beside = beside[beside["kind"] == "cash"].rename(columns={"payment_date": "date"})
    return pd.concat([entries[entries["kind"] == "cash"], beside])


def unapplied(seen: dict, documents: pd.DataFrame) -> pd.DataFrame:
    """Cash and credits for no document, or for one not yet issued."""
    rows = seen["payments"]
    rows = rows[~rows["invoice_id"].isin(documents.index)]
    return rows.assign(applied=convert_all(rows["amount"], rows["rate"]))


def promises(requests, documents, entries, cash, as_of) -> pd.DataFrame:
    """Promises due by count, kept ones by count and amount."""
    judged = []
    last_days = requests["promised_date"] + 3 * DAY
    for request in requests[last_days <= as_of].to_dict("records"):
        asked, last = request["request_date"], request["promised_date"] + 3 * DAY
        invoice, promised = request["invoice_id"], request["promised_amount"]
        is_known = invoice in documents.index
        if is_known and pd.isna(promised):
            is_earlier = (entries["invoice_id"] == invoice) & (entries["date"] <= asked)
            earlier = entries["applied"][is_earlier].sum()
            promised = documents["cents"][invoice] - earlier
        elif is_known:
            promised = convert(int(promised), documents["rate"][invoice])
        column = "invoice_id" if invoice else "client_id"
        is_own = cash[column] == request[column]
        is_after = (cash["date"] > asked) & (cash["date"] <= last)
        received = cash["applied"][is_own & is_after].sum()
        if pd.notna(promised):
            is_kept = received >= 0.95 * promised
            kept = (request["client_id"], 1, is_kept, promised, promised * is_kept)
            judged.append(kept)
    columns = ["client_id", "promise_count", "kept", "promised", "kept_amount"]
    f = pd.DataFrame(judged, columns=columns).groupby("client_id").sum()
    f["promise_kept_rate"] = ratio(f["kept"], f["promise_count"])
    f["promise_kept_share"] = ratio(f["kept_amount"], f["promised"]).astype(float)
    return f[["promise_count", "promise_kept_rate", "promise_kept_share"]]


def reminder_responses(reminders, documents, entries, as_of) -> pd.DataFrame:
    """Reminders that could be answered, and the share that was, in 14 days."""
    paid, answers = entries[entries["cash_count"] > 0], []
    days = zip(paid["date"], paid["bounced_date"], strict=True)
    paid = pd.Series(days, paid["invoice_id"]).groupby(level=0).agg(list).to_dict()
    for reminder in reminders.to_dict("records"):
        invoice, sent = reminder["invoice_id"], reminder["reminder_date"]
        last = sent + 14 * DAY
        stretches = documents["unanswerable"].get(invoice, [])
        if last <= as_of and not any(a < sent and not b <= sent for a, b in stretches):
            cash = paid.get(invoice, [])
            days = [day for day, bounced in cash if not bounced <= last]
            days.append(reminder["response_date"])
            is_answered = any(sent <= day <= last for day in days)
            answers.append((reminder["client_id"], is_answered))
    rows = pd.DataFrame(answers, columns=["client_id", "is_answered"])
    f = rows.groupby("client_id")["is_answered"].agg(["size", "mean"])
    return f.set_axis(["eligible_reminder_count", "reminder_response_rate"], axis=1)


def credit_velocities(documents, entries, limits: pd.DataFrame, as_of) -> pd.Series:
    """Slope of utilisation over six month-ends, percentage points a month."""
    ids = documents["client_id"].unique()
    months = pd.date_range(end=as_of, periods=6, freq="ME")
    points: dict = {}
    # before its first document the ledger says nothing, not zero
    months = months[months >= documents["invoice_date"].min()]
    for x, month in enumerate(months):
        issued = documents[documents["invoice_date"] <= month]
        applied = entries[entries["date"] <= month]
        owed = issued.groupby("client_id")["cents"].sum().reindex(ids, fill_value=0)
        applied = applied.groupby("client_id")["applied"].sum()
        owed -= applied.reindex(ids, fill_value=0)
        limit = in_force(limits, month)["credit_limit_amount"]
        for client, cents in limit[limit > 0].items():
            points.setdefault(client, []).append((x, 100 * owed.get(client, 0) / cents))
    lines = {c: np.polyfit(*np.array(p).T, 1) for c, p in points.items() if len(p) > 2}
    return pd.Series({client: line[0] for client, line in lines.items()}, dtype=float)


# Drawn towards peers.


def moments(outcomes: pd.Series, clients: pd.Series) -> pd.Series:
    """What outcomes of a group say of its clients, by the method of moments."""
    own = outcomes.groupby(clients)
    count, means = own.size(), own.mean()
    total, groups, mean = count.sum(), len(count), outcomes.mean()
    within = between = np.nan
    if total > groups:
        within = ((outcomes - own.transform("mean")) ** 2).sum() / (total - groups)
    if groups > 1:
        mean_square = (count * (means - mean) ** 2).sum() / (groups - 1)
        size = (total - (count**2).sum() / total) / (groups - 1)
        between = (mean_square - within) / size
    strength, basis = 10.0, "assumed"
    if not np.isnan(between):
        is_alike = between * 1000 <= within
        strength = 1000.0 if is_alike else within / between
        basis = "clients_alike" if is_alike else "estimated"
    return pd.Series(
        {
            "client_count": groups,
            "outcome_count": total,
            "prior_mean": mean,
            "within_variance": within,
            "between_variance": between,
            "prior_strength": strength,
            "strength_basis": basis,
        }
    )


def shrinkage_priors(known: pd.DataFrame, peers: pd.DataFrame) -> pd.DataFrame:
    """One row per kind of peers, what they share, and measure."""
    days, rows = known["known_days"], {}
    measures = {
        "late_rate": (days > 0).astype(float),
        "severely_late_rate": (days > 30).astype(float),
        "avg_days_late": days,
    }
    for kind in PEERS:
        keys = known["client_id"].map(peers[kind])
        for key, own in known.groupby(keys):
            for measure, outcomes in measures.items():
                moment = moments(outcomes[own.index], own["client_id"])
                rows[kind, key, measure] = moment
    priors = pd.DataFrame.from_dict(rows, orient="index")
    priors.index = priors.index.set_names(["peer_kind", "peer_key", "measure"])
    return priors


def shrunk(f: pd.DataFrame, peers: pd.DataFrame, priors: pd.DataFrame) -> pd.DataFrame:
    """Rates and means mixed with those of the nearest peers that are enough."""
    clients = priors["client_count"].xs("late_rate", level="measure")
    is_enough = clients >= clients.index.get_level_values("peer_kind").map(ENOUGH)
    groups, nearest = set(clients.index[is_enough]), {}
    for client, keys in peers[PEERS].to_dict("index").items():
        pairs = [pair for pair in keys.items() if pair in groups]
        nearest[client] = pairs[0] if pairs else (None, None)
    columns = ["peer_kind", "peer_key"]
    f = f.join(pd.DataFrame.from_dict(nearest, orient="index", columns=columns))
    count = f["known_outcome_count"]
    for measure, total in {
        "late_rate": f["late_count"],
        "severely_late_rate": f["severely_late_count"],
        "avg_days_late": f["avg_days_late"] * count,
    }.items():
        prior = priors.xs(measure, level="measure")
        prior = f[columns].join(prior, on=columns)
        mean, strength = prior["prior_mean"], prior["prior_strength"]
        own = (total.fillna(0) + strength * mean) / (count + strength)
        f[f"shrunk_{measure}"] = own.where(count + strength > 0, mean)
    spread = prior["within_variance"].astype(float) ** 0.5
    f["filled_stddev_days_late"] = f["stddev_days_late"].fillna(spread)
    return f


# All of it.


def read_peers(documents: pd.DataFrame, sizes: pd.Series) -> pd.DataFrame:
    """What each client with a document shares with its peers."""
    invoices = documents[documents["document_type"] == "invoice"]
    terms = (invoices["due_date"] - invoices["invoice_date"]).dt.days
    peers = pd.DataFrame(index=pd.Index(documents["client_id"].unique()))
    median = terms.groupby(invoices["client_id"]).median()
    peers["typical_terms_days"] = np.floor(median + 0.5)
    whole = peers["typical_terms_days"].astype("Int64")
    peers["terms"] = whole.astype(str).where(whole.notna(), None)
    peers["size"] = sizes.reindex(peers.index)
    return peers.assign(all="all")


def client_features(ledger: dict, as_of: pd.Timestamp) -> tuple:
    """Features of each client with a document or a payment; and the priors."""
    seen = see(ledger, as_of)
    documents, entries = read_documents(seen, as_of)
    beside = unapplied(seen, documents).groupby("client_id")["applied"].sum()
    ids = {*documents["client_id"], *seen["payments"]["client_id"]}
    ids = pd.Index(sorted(ids), name="client_id")
    f = behavior(documents, entries, "client_id", as_of).reindex(ids)
    counts = ["invoice_count", "known_outcome_count", "late_count"]
    money = ["total_invoiced", "outstanding", "overdue", "written_off"]
    counts += ["severely_late_count", *[f"{name}_amount" for name in money]]
    f[counts] = f[counts].fillna(0)
    f["unapplied_amount"] = beside.reindex(ids, fill_value=0) / 100

    known = documents[documents["is_late_known"]]
    f["payment_trend_days"] = payment_trend(known, as_of)
    f = f.join(seasons(known, as_of))
    days, is_settled = known["known_days"].array, known["settled_date"].notna().array
    of_client = known.groupby("client_id").indices
    for column, horizon in {
        "expected_days_late_30": 30,
        "expected_days_late": 90,
    }.items():
        expected = {
            client: days_to_expect(days[rows], is_settled[rows], horizon)
            for client, rows in of_client.items()
        }
        f[column] = pd.Series(expected, dtype=float)
    for column in ("industry", "company_size"):
        f[column] = None
        if "clients" in seen:
            values = in_force(seen["clients"], as_of)[column].replace("", None)
            f[column] = values.reindex(ids)
    f["company_size_rank"] = f["company_size"].map(SIZES)
    peers = read_peers(documents, f["company_size"])
    f["typical_terms_days"] = peers["typical_terms_days"]
    priors = shrinkage_priors(known, peers)
    f = with_tables(shrunk(f, peers, priors), seen, documents, entries, as_of)
    for flag, table in FLAGS.items():
        f[flag] = table in ledger
    f["as_of_date"] = as_of
    return f.drop(columns="severely_late_count"), priors


def with_tables(f, seen: dict, documents, entries, as_of) -> pd.DataFrame:
    """Features that need a table of their own; null where the ledger has none."""
    off = {
        "extension_requests": ["negotiation_count", "negotiation_rate"],
        "promises": ["promise_count", "promise_kept_rate", "promise_kept_share"],
        "reminders": ["eligible_reminder_count", "reminder_response_rate"],
        "credit_limits": ["credit_limit_amount", "credit_utilization"],
        "velocity": ["credit_utilization_velocity"],
    }
    f = f.assign(**{column: np.nan for columns in off.values() for column in columns})
    if "extension_requests" in seen:
        requests = seen["extension_requests"]
        asked = requests.groupby("client_id").size()
        f["negotiation_count"] = asked.reindex(f.index, fill_value=0)
        rate = ratio(f["negotiation_count"], f["invoice_count"])
        f["negotiation_rate"] = rate
        cash = cash_entries(seen, documents, entries)
        f.update(promises(requests, documents, entries, cash, as_of))
        f["promise_count"] = f["promise_count"].fillna(0)
    if "reminders" in seen:
        f.update(reminder_responses(seen["reminders"], documents, entries, as_of))
        f["eligible_reminder_count"] = f["eligible_reminder_count"].fillna(0)
    if "credit_limits" in seen:
        limits = seen["credit_limits"]
        limit = in_force(limits, as_of)["credit_limit_amount"].astype(float)
        f["credit_limit_amount"] = limit / 100
        f["credit_utilization"] = ratio(f["outstanding_amount"] * 100, limit)
        slopes = credit_velocities(documents, entries, limits, as_of)
        f["credit_utilization_velocity"] = slopes
    return f
