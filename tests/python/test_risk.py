"""The risk score against an independent computation, on real ledgers."""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, REAL_LEDGERS, SAMPLE, mapping_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler

LEDGERS = {
    "late": ("ibm_late_payments", {"risk_late_days": 1}),
    "five_days": ("ibm_late_payments", {"risk_late_days": 5}),
    "b2b": ("datarisk_b2b", {"risk_late_days": 5, "as_of_date": "2021-06-30"}),
}
# of the client's past rate alone, and what a score has to reach
GOALS = {"late": (0.851, 0.865), "five_days": (0.866, 0.875), "b2b": (0.889, 0.935)}


@pytest.fixture(scope="module")
def scored(build_ledger, sample_build):
    """Score a ledger's past invoices, once."""
    builds = {}

    def build(name):
        if name == "sample":
            return sample_build
        if name not in builds:
            if not REAL_LEDGERS.is_dir():
                pytest.skip("the real ledgers are not here")
            ledger, settings = LEDGERS[name]
            variables = yaml.safe_load(mapping_of(ledger)) | settings
            builds[name] = build_ledger(
                None, select=["+risk_model_quality"], **variables
            )
        return builds[name]

    return build


def panel(build) -> pd.DataFrame:
    """Past invoices with what each way to score says of them, in order of issue."""
    rows = build.query(
        "select * from features.risk_predictions "
        "inner join (select moment_id, moment_date from features.risk_moments) "
        "using (moment_id) where split in ('train', 'test')"
    )
    keys = ["moment_id", "moment_date", "split", "is_very_late"]
    table = rows.pivot(index=keys, columns="score_method", values="late_probability")
    return table.reset_index().sort_values(["moment_date", "moment_id"])


@pytest.mark.parametrize("name", [*LEDGERS])
def test_the_score_tells_late_invoices_apart_better_than_the_past_rate(scored, name):
    past_rate, goal = GOALS[name]
    quality = scored(name).query("from risk.risk_model_quality where split = 'test'")
    quality = quality.set_index("score_method")
    assert quality["auc"]["past_late_rate"] == pytest.approx(past_rate, abs=0.002)
    # far above would be a sign of looking ahead
    assert goal <= quality["auc"]["model"] < goal + 0.035
    assert quality["brier_score"]["model"] == quality["brier_score"].min()
    expected = quality["mean_late_probability"] - quality["observed_late_rate"]
    assert abs(expected["model"]) < 0.03


@pytest.mark.parametrize("name", ["sample", "late", "b2b"])
def test_measures_are_those_of_scikit_learn(scored, name):
    build = scored(name)
    quality = build.query("from risk.risk_model_quality")
    quality = quality.set_index(["split", "score_method"])
    for split, rows in panel(build).groupby("split"):
        outcomes = rows["is_very_late"].astype(int)
        for method in ("model", "scorecard", "past_late_rate"):
            told = quality.loc[(split, method)]
            assert told["auc"] == pytest.approx(
                roc_auc_score(outcomes, rows[method]), abs=1e-8
            )
            assert told["brier_score"] == pytest.approx(
                brier_score_loss(outcomes, rows[method]), abs=1e-8
            )


@pytest.mark.parametrize("name", ["sample", "late"])
def test_sql_scores_as_scikit_learn_predicts(scored, name):
    build = scored(name)
    inputs = build.query("from features.risk_inputs").pivot(
        index="moment_id", columns="feature", values="feature_value"
    )
    rows = panel(build).set_index("moment_id")
    points = inputs.loc[rows.index]
    is_train = (rows["split"] == "train").to_numpy()
    scaler = StandardScaler().fit(points[is_train])
    fit = LogisticRegression(C=0.01, tol=1e-8, max_iter=10_000)
    fit.fit(scaler.transform(points[is_train]), rows["is_very_late"][is_train])
    told = fit.predict_proba(scaler.transform(points))[:, 1]
    np.testing.assert_allclose(rows["model"].astype(float), told, atol=1e-6)


def known_before(invoices: pd.DataFrame, day, late_days: int) -> dict[str, int]:
    """What was known of a client's invoices before a day, one by one."""
    issued = invoices[invoices["invoice_date"] < day]
    settled = issued[issued["settled_date"] < day]
    unsettled = issued[~(issued["settled_date"] < day)]
    last = day - pd.Timedelta(days=1)
    overdue = unsettled[unsettled["due_date"] < last]
    very_overdue = unsettled["due_date"] + pd.Timedelta(days=late_days) <= last
    days_late = (settled["settled_date"] - settled["due_date"]).dt.days
    held = days_late.clip(-60, 90)
    recent = settled["settled_date"] >= day - pd.Timedelta(days=90)
    return {
        "own_open_count": len(unsettled),
        "own_overdue_count": len(overdue),
        "own_known_count": len(settled) + len(overdue),
        "own_late_count": int((days_late > 0).sum()) + len(overdue),
        "own_judged_count": len(settled) + int(very_overdue.sum()),
        "own_very_late_count": int((days_late >= late_days).sum() + very_overdue.sum()),
        "own_settled_count": len(settled),
        "own_late_days": int(held.sum()),
        "own_recent_settled_count": int(recent.sum()),
        "own_recent_late_days": int(held[recent].sum()),
    }


@pytest.mark.parametrize("name", ["late", "five_days"])
def test_an_invoice_is_scored_by_what_was_known_before_its_issue(scored, name):
    """A ledger without write-offs and reversals, counted invoice by invoice."""
    build = scored(name)
    invoices = build.query(
        "select client_id, invoice_date, due_date, settled_date "
        "from intermediate.int_invoices_judged where is_current"
    )
    moments = build.query("from features.risk_histories").iloc[::7]
    by_client = dict(iter(invoices.groupby("client_id")))
    late_days = LEDGERS[name][1]["risk_late_days"]
    counted = pd.DataFrame(
        [
            known_before(by_client[row.client_id], row.moment_date, late_days)
            for row in moments.itertuples()
        ],
        index=moments.index,
    )
    assert len(counted) > 300
    pd.testing.assert_frame_equal(moments[[*counted]].astype(int), counted)


@pytest.mark.parametrize("late_days", [300, 2000])
def test_without_thirty_invoices_of_each_outcome_the_scorecard_scores(
    build_ledger, late_days
):
    """Hardly any invoice was so late; of 2,000 days none can be known yet."""
    select = ["+risk_probabilities"]
    build = build_ledger(SAMPLE, select=select, risk_late_days=late_days)
    assert build.query("from features.risk_coefficients").empty
    scores = build.query("from features.risk_probabilities")
    assert {*scores["score_method"]} == {"scorecard"}


def test_the_worked_client_of_the_docs_is_that_of_the_sample(sample_build):
    page = (PROJECT / "docs" / "risk.md").read_text()
    added = sample_build.query(
        "select contribution from features.risk_contributions "
        "where moment_id = 'next of C0021' and score_method = 'model'"
    )["contribution"]
    owed = sample_build.query(
        "select outstanding_amount, days_past_due "
        "from features.risk_open_invoices where client_id = 'C0021'"
    )
    score = sample_build.query(
        "from risk.client_risk_scores where client_id = 'C0021'"
    ).iloc[0]
    told = [f"{value:+.3f}" for value in [*added, added.sum()]]
    overdue = owed.loc[owed["days_past_due"] > 0, "outstanding_amount"]
    told += [f"{amount:,.2f}" for amount in overdue]
    told += [f"{owed['outstanding_amount'].sum():,.2f}"]
    told += [f"{score[column]:,.2f}" for column in score.index if "_amount" in column]
    told += [f"{score['risk_score']} points, {score['risk_band']}"]
    told += [score["contribution_1"]]
    assert [text for text in told if text not in page] == []
