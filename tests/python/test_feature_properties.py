"""What must hold of the features whatever the ledger says.

The sample ledger is changed in one way at a time, and what may not move is compared
with the features before, to the last digit.
"""

import pandas as pd
import pytest
from conftest import SAMPLE, differences, read_ledger, write_ledger

AS_OF = "2025-12-31"
BUCKETS = ["not_due", "1_30", "31_60", "61_90", "over_90"]
RATES = "_rate$|_rate_q.$|_share$|^partial_payment_ratio$"
OF_PEERS = "^shrunk_|^filled_|^peer_"
AMOUNT_NAMES = ["amount", "promised_amount", "credit_limit_amount"]


@pytest.fixture(scope="module")
def ledger() -> dict[str, pd.DataFrame]:
    """The sample ledger, all in euros: converted cents round, and do not scale."""
    ledger = read_ledger(SAMPLE)
    for rows in ledger.values():
        if "currency_code" in rows:
            rows["currency_code"] = "EUR"
    del ledger["exchange_rates"], ledger["gl_balances"]
    return ledger


@pytest.fixture(scope="module")
def features_of(build_ledger, tmp_path_factory):
    """The features of a ledger's clients, in a build of these alone."""

    def build(ledger: dict, **variables) -> pd.DataFrame:
        folder = write_ledger(ledger, tmp_path_factory.mktemp("ledger"))
        variables |= {"as_of_date": AS_OF}
        build = build_ledger(folder, select=["+client_features"], **variables)
        features = build.query("from features.client_features")
        return features.set_index("client_id").sort_index()

    return build


@pytest.fixture(scope="module")
def features(ledger, features_of) -> pd.DataFrame:
    return features_of(ledger)


@pytest.fixture(scope="module")
def history(sample_build) -> pd.DataFrame:
    """Features of the sample ledger at every month-end."""
    return sample_build.query("from features.client_features_monthly")


def assert_same(before: pd.DataFrame, after: pd.DataFrame, columns) -> None:
    """Every one of the columns is the same, to the last digit."""
    for column in columns:
        wrong = differences(before[column], after[column])
        assert wrong.empty, f"{column}: {len(wrong)} differ\n{wrong.head()}"


@pytest.mark.parametrize("measure", ["share", "amount_share"])
def test_ageing_shares_add_up_to_one(history, measure):
    shares = history[[f"aging_{bucket}_{measure}" for bucket in BUCKETS]].dropna()
    assert len(shares) > 5000
    assert shares.sum(axis=1).sub(1).abs().max() < 1e-12


def test_rates_and_shares_lie_between_zero_and_one(history):
    rates = history.filter(regex=RATES).drop(columns="negotiation_rate")
    assert rates.shape[1] == 23
    assert rates.notna().any().all()
    assert rates.min().min() >= 0 and rates.max().max() <= 1


def test_on_time_and_late_are_all_that_is_known(history):
    known = history[history["known_outcome_count"] > 0]
    assert (known["on_time_rate"] + known["late_rate"] - 1).abs().max() < 1e-12
    assert (known["severely_late_rate"] <= known["late_rate"]).all()
    assert (known["known_outcome_count"] <= known["invoice_count"]).all()


def test_days_to_expect_grow_with_the_horizon_and_stay_within_it(history):
    within_30, within_90 = (
        history["expected_days_late_30"],
        history["expected_days_late"],
    )
    assert within_30.dropna().between(0, 30).all()
    assert within_90.dropna().between(0, 90).all()
    assert (within_30.dropna() <= within_90.dropna() + 1e-12).all()


def test_a_shrunk_rate_lies_between_the_clients_and_its_peers(sample_build, history):
    priors = sample_build.query("from features.ftr_priors")
    priors = priors.pivot(
        index=["as_of_date", "peer_kind", "peer_key"],
        columns="measure",
        values="prior_mean",
    )
    columns = ["as_of_date", "peer_kind", "peer_key"]
    peers = history[columns].join(priors, on=columns)
    for measure in ("late_rate", "severely_late_rate", "avg_days_late"):
        own = history[measure].fillna(peers[measure])
        low = pd.concat([own, peers[measure]], axis=1).min(axis=1)
        high = pd.concat([own, peers[measure]], axis=1).max(axis=1)
        shrunk = history[f"shrunk_{measure}"].dropna()
        assert len(shrunk) > 5000
        assert shrunk.between(low[shrunk.index] - 1e-9, high[shrunk.index] + 1e-9).all()


# Days and amounts of payments of an invoice over 100, issued on 1 June and due on
# the 30th, that is on time.
ON_TIME = [
    [("2025-06-20", "100.00", "cash")],
    [("2025-06-30", "99.00", "cash")],
    [("2025-06-10", "50.00", "cash"), ("2025-06-30", "50.00", "cash")],
    [("2025-05-20", "100.00", "cash")],
    [("2025-06-12", "40.00", "credit_note"), ("2025-06-12", "60.00", "cash")],
]


def with_an_invoice_each(ledger: dict, clients: list[str]) -> dict:
    """The ledger with one more invoice on time of each client, in turns."""
    invoices, payments = [], []
    for number, client_id in enumerate(clients):
        invoice_id = f"ADDED-{number}"
        invoices.append(
            {
                "invoice_id": invoice_id,
                "client_id": client_id,
                "invoice_date": "2025-06-01",
                "due_date": "2025-06-30",
                "amount": "100.00",
                "currency_code": "EUR",
                "document_type": "invoice",
            }
        )
        for part, paid in enumerate(ON_TIME[number % len(ON_TIME)]):
            payment = dict(zip(["payment_date", "amount", "kind"], paid, strict=True))
            payment |= {"client_id": client_id, "invoice_id": invoice_id}
            payments.append(payment | {"payment_id": f"{invoice_id}-{part}"})
    added = {"invoices": invoices, "payments": payments}
    return {
        name: pd.concat([rows, pd.DataFrame(added.get(name, []))]).fillna("")
        for name, rows in ledger.items()
    }


def test_an_invoice_on_time_never_lowers_the_on_time_rate(
    ledger, features, features_of
):
    after = features_of(with_an_invoice_each(ledger, [*features.index]))
    known = features["known_outcome_count"]
    on_time = features["on_time_rate"].fillna(0) * known

    assert (after["on_time_rate"] >= features["on_time_rate"].fillna(0)).all()
    expected = (on_time + 1) / (known + 1)
    assert (after["on_time_rate"] - expected).abs().max() < 1e-12
    assert (after["known_outcome_count"] == known + 1).all()
    assert_same(features, after, ["late_count", "overdue_amount"])


def test_amounts_ten_times_as_large_leave_all_but_money_as_it_is(
    ledger, features, features_of
):
    scaled = {name: rows.copy() for name, rows in ledger.items()}
    for rows in scaled.values():
        for column in rows.columns.intersection(AMOUNT_NAMES):
            numbers = pd.to_numeric(rows[column], errors="coerce") * 10
            readable = numbers.round(2).map("{:.2f}".format)
            rows[column] = rows[column].where(numbers.isna(), readable)
    after = features_of(scaled, settlement_tolerance_amount=50)

    money = features.filter(regex="_amount$").columns
    for column in money:
        wrong = differences(features[column].astype(float) * 10, after[column], 1e-12)
        assert wrong.empty, f"{column}\n{wrong.head()}"
    for column in features.columns.drop(money):
        wrong = differences(features[column], after[column], 1e-12)
        assert wrong.empty, f"{column}\n{wrong.head()}"


def half_of(ledger: dict, kept: pd.Index) -> dict:
    """The ledger with the documents of some clients, and all that is for these."""
    is_kept = ledger["invoices"]["client_id"].isin(kept)
    documents, half = set(ledger["invoices"]["invoice_id"][is_kept]), {}
    for name, rows in ledger.items():
        if name == "clients":
            half[name] = rows
        elif "invoice_id" not in rows:
            half[name] = rows[rows["client_id"].isin(kept)]
        else:
            is_for_these = rows["invoice_id"].isin(documents)
            if name in ("payments", "extension_requests"):
                is_for_none = rows["invoice_id"] == ""
                is_for_these |= is_for_none & rows["client_id"].isin(kept)
            half[name] = rows[is_for_these]
    return half


def test_a_client_does_not_depend_on_the_others(ledger, features, features_of):
    kept = features.sample(frac=0.5, random_state=5).index
    after = features_of(half_of(ledger, kept)).reindex(kept)

    of_peers = features.filter(regex=OF_PEERS).columns
    assert len(of_peers) == 6
    before = features.loc[kept]
    assert_same(before, after, features.columns.drop(of_peers))
    # and the ones that may do move
    assert len(differences(before["shrunk_late_rate"], after["shrunk_late_rate"]))
