"""What becomes of open amounts: the monthly chain and its end."""

import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT

sys.path.append(str(PROJECT / "python_models" / "risk"))
from lifetime_loss_rates import loss_rates, loss_rates_of

WORKED = {
    ("1_30", "1_30"): 0.25,
    ("1_30", "over_90"): 0.25,
    ("1_30", "paid"): 0.5,
    ("1_30", "written_off"): 0,
    ("over_90", "1_30"): 0.05,
    ("over_90", "over_90"): 0.25,
    ("over_90", "paid"): 0.5,
    ("over_90", "written_off"): 0.2,
}


def transitions(rates) -> pd.DataFrame:
    """Rates by from and to as aging_transitions has them."""
    return pd.DataFrame(
        [("A", *places, rate) for places, rate in rates.items()],
        columns=["segment_code", "from_bucket", "to_bucket", "rate"],
    )


def test_forty_and_fifty_thousand_lose_what_the_worked_chain_says():
    rates = loss_rates(transitions(WORKED))
    assert rates.round(4).to_dict() == {"1_30": 0.0909, "over_90": 0.2727}
    assert 40_000 * rates["1_30"] + 50_000 * rates["over_90"] == pytest.approx(
        17_272.73, abs=0.005
    )


def test_a_bucket_that_leads_where_nobody_was_seen_has_no_rate():
    unseen = {
        places: np.nan if places[0] == "over_90" else rate
        for places, rate in WORKED.items()
    }
    assert loss_rates(transitions(unseen)).isna().all()
    closed = unseen | {("1_30", "over_90"): 0, ("1_30", "1_30"): 0.5}
    rates = loss_rates(transitions(closed))
    assert rates["1_30"] == 0
    assert np.isnan(rates["over_90"])


def test_only_what_leads_to_a_bucket_without_a_rate_has_none():
    rates = {
        ("not_due", "1_30"): 0.3,
        ("not_due", "paid"): 0.7,
        ("1_30", "31_60"): 0.2,
        ("1_30", "paid"): 0.8,
        ("31_60", "paid"): 0.9,
        ("31_60", "written_off"): 0.1,
        ("61_90", "over_90"): 1,
    }
    known = {"not_due": 0.006, "1_30": 0.02, "31_60": 0.1}
    names = ["not_due", "1_30", "31_60", "61_90", "over_90"]
    every = {(a, b): 0 for a in names for b in [*names, "paid", "written_off"]}
    stuck = {("over_90", "over_90"): 1}
    unseen = {places: np.nan for places in every if places[0] == "over_90"}
    for end in (stuck, unseen):
        found = loss_rates(transitions(every | rates | end))
        assert found[["61_90", "over_90"]].isna().all()
        assert found.dropna().round(9).to_dict() == known


def test_a_bucket_that_nobody_ever_leaves_has_no_rate():
    stuck = WORKED | {("over_90", "1_30"): 0, ("over_90", "over_90"): 1}
    stuck |= {("over_90", "paid"): 0, ("over_90", "written_off"): 0}
    assert loss_rates_of(transitions(stuck))["lifetime_loss_rate"].isna().all()


def test_a_loss_is_never_more_than_all():
    """Two millionths of the amount leave, all written off, in doubles' last digits."""
    leaving = 1.9999998888888765e-06
    rates = {
        ("1_30", "over_90"): 1.0,
        ("over_90", "over_90"): 1 - leaving,
        ("over_90", "written_off"): leaving * (1 + 1e-9),
    }
    names = ["1_30", "over_90"]
    every = {(a, b): 0.0 for a in names for b in [*names, "paid", "written_off"]}
    assert (loss_rates(transitions(every | rates)) == 1).all()


@pytest.mark.parametrize("name", ["sample_build", "ibm_late_payments"])
def test_transitions_are_those_of_pandas(name, sample_build, request):
    """From applications to invoices, month by month, not from the states."""
    build = sample_build
    if name != "sample_build":
        build = request.getfixturevalue("real_build")(name)
    invoices = build.query(
        "select invoice_id, client_id, invoice_date, due_date, "
        "invoice_amount::double as amount, document_amount::double as billed "
        "from core.invoices "
        "where document_type = 'invoice'"
    )
    applied = build.query(
        "select invoice_id, application_date, applied_amount::double as amount, "
        "document_amount::double as document_amount, "
        "effect_kind = 'write_off' as is_write_off "
        "from intermediate.int_applications"
    )
    last = build.query("select max(as_of_date) as day from core.invoices")["day"][0]
    ends = pd.date_range(invoices["invoice_date"].min(), last, freq="ME")

    def open_at(day):
        then = applied[applied["application_date"] <= day]
        sums = then.groupby("invoice_id")["amount"].sum()
        lost = then[then["is_write_off"]].groupby("invoice_id")["amount"].sum()
        seen = invoices[invoices["invoice_date"] <= day].set_index("invoice_id")
        left = seen["amount"].sub(sums, fill_value=0).reindex(seen.index).round(2)
        taken = then.groupby("invoice_id")["document_amount"].sum()
        billed_left = seen["billed"] - taken.reindex(seen.index).fillna(0)
        tolerance = (seen["billed"] / 100).clip(upper=5)
        late = (day - seen["due_date"]).dt.days
        places = pd.cut(
            late,
            [-(10**6), 0, 30, 60, 90, 10**6],
            labels=["not_due", "1_30", "31_60", "61_90", "over_90"],
        )
        return pd.DataFrame(
            {
                "left": left,
                "is_open": billed_left.round(2) > tolerance,
                # what came after it is no loss
                "lost": np.minimum(
                    lost.reindex(seen.index).fillna(0),
                    (lost.reindex(seen.index).fillna(0) + left).clip(lower=0),
                ),
                "place": places.astype(str),
                "client_id": seen["client_id"],
            }
        )

    found, counted = [], []
    for begin, end in [*pairwise(ends)][-12:]:
        before, after = open_at(begin), open_at(end)
        is_seen = (before["left"] > 0) & before["is_open"]
        both = before[is_seen].join(after.add_suffix("_after"))
        counted.append(both.groupby("place")["is_open"].sum())
        still = both[["left", "left_after"]].min(axis=1).clip(lower=0)
        lost = (both["lost_after"] - both["lost"]).clip(lower=0)
        lost = pd.concat([lost, both["left"] - still], axis=1).min(axis=1)
        for place, amount in {
            **{
                place: still.where(both["place_after"] == place, 0)
                for place in ["not_due", "1_30", "31_60", "61_90", "over_90"]
            },
            "written_off": lost,
            "paid": both["left"] - still - lost,
        }.items():
            found.append(
                pd.DataFrame(
                    {"from_bucket": both["place"], "to_bucket": place, "told": amount}
                )
            )
    told = pd.concat(found).groupby(["from_bucket", "to_bucket"])["told"].sum()
    built = build.query(
        "select from_bucket, to_bucket, amount::double as amount "
        "from risk.aging_transitions "
        "where segment_code = 'all' and from_bucket <> 'new'"
    ).set_index(["from_bucket", "to_bucket"])["amount"]
    assert len(built) == 35
    np.testing.assert_allclose(
        built.sort_index(), told.reindex(built.index).fillna(0).sort_index(), atol=0.005
    )
    counts = build.query(
        "select distinct from_bucket, invoice_count from risk.aging_transitions "
        "where segment_code = 'all' and from_bucket <> 'new'"
    ).set_index("from_bucket")["invoice_count"]
    told = pd.concat(counted).groupby(level=0).sum()
    assert counts.to_dict() == told.reindex(counts.index).fillna(0).to_dict()


def test_rates_of_a_bucket_add_up_to_one(sample_build):
    sums = sample_build.query(
        "select segment_code, from_bucket, sum(rate) as rates "
        "from risk.aging_transitions group by 1, 2 having sum(rate) is not null"
    )
    assert len(sums) > 10
    np.testing.assert_allclose(sums["rates"], 1)
