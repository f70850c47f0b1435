"""The segments of a build: they find what was planted, and hold."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, SAMPLE, WITHOUT_TESTS, dbt, read_ledger, write_ledger
from scipy.stats import chi2_contingency
from sklearn.metrics import adjusted_rand_score

sys.path.append(str(PROJECT / "benchmarks"))
import sample_ledger


@pytest.fixture(scope="session")
def crowded_build(build_ledger, tmp_path_factory):
    """Ten thousand clients of the sample's kinds, without a history."""
    folder = tmp_path_factory.mktemp("crowd") / "ledger"
    sample_ledger.write_ledger(folder, 10_000)
    select = ["+client_segments", "+segmentation_quality"]
    return build_ledger(folder, select=select, history_months=0), folder


def agreement(build, truth) -> float:
    """How far the clusters are the personas that were planted."""
    found = build.query(
        "select client_id, cluster_id from segments.client_segments "
        "where cluster_id is not null"
    ).merge(truth, on="client_id")
    assert len(found) > 0.9 * len(truth)
    return adjusted_rand_score(found["persona"], found["cluster_id"])


def in_force(build) -> pd.Series:
    """The clustering that a build uses."""
    return build.query("from segments.segmentation_quality where is_in_force").iloc[0]


def points_of(build) -> pd.DataFrame:
    """Clients of the as-of date as the model in force sees them."""
    inputs = build.query("from features.segmentation_inputs where is_current")
    points = inputs.pivot(index="client_id", columns="feature", values="scaled_value")
    return points.astype(float)


def centers_of(build) -> pd.DataFrame:
    """Centers of the model in force, one row a cluster."""
    centers = build.query(
        "select c.* from features.segmentation_centroids as c "
        "join segments.segmentation_models using (model_version) where is_in_force"
    )
    return centers.pivot(index="cluster_id", columns="feature", values="center")


def test_planted_personas_are_found_again(sample_build):
    truth = read_ledger(PROJECT / "benchmarks")["sample_truth"]
    assert agreement(sample_build, truth) >= 0.90
    quality = in_force(sample_build)
    assert (quality["algorithm"], quality["cluster_count"]) == ("kmeans", 4)
    assert quality["silhouette"] > quality["null_silhouette"] + 0.2


def test_planted_personas_of_ten_thousand_clients_are_found_again(crowded_build):
    build, folder = crowded_build
    truth = pd.read_csv(f"{folder}_truth.csv", dtype=str)
    assert agreement(build, truth) >= 0.90
    assert in_force(build)["cluster_count"] == 4


@pytest.mark.parametrize("build_name", ["sample_build", "ibm_late_payments"])
def test_sql_gives_the_cluster_that_its_centers_predict(
    build_name, sample_build, request
):
    build = sample_build
    if build_name != "sample_build":
        build = request.getfixturevalue("real_build")(build_name)
    points, centers = points_of(build), centers_of(build)
    distances = np.linalg.norm(
        points.to_numpy()[:, None] - centers[points.columns].to_numpy(), axis=2
    )
    told = pd.Series(centers.index[distances.argmin(axis=1)], index=points.index)
    scored = build.query(
        "from segments.client_segments_monthly "
        "where is_current and nearest_cluster_id is not null"
    ).set_index("client_id")["nearest_cluster_id"]
    assert (scored.sort_index() == told.sort_index()).all()


def test_drivers_add_up_to_the_difference_of_squared_distances(sample_build):
    found = sample_build.query(
        "select second_distance ** 2 - distance ** 2 as difference, "
        "sum(contribution) as drivers "
        "from segments.client_segments "
        "join features.segmentation_drivers using (client_id) "
        "group by client_id, second_distance, distance"
    )
    assert len(found) > 280
    np.testing.assert_allclose(found["drivers"], found["difference"], atol=1e-9)
    worded = sample_build.query(
        "select count(*) filter (where driver_1 is not null) as worded, "
        "count(distance) as clustered from segments.client_segments"
    ).iloc[0]
    assert worded["worded"] >= 0.99 * worded["clustered"]


def test_associations_are_those_of_scipy(sample_build):
    clients = sample_build.query(
        "select segment_code, industry, company_size from segments.client_segments "
        "join core.clients using (client_id)"
    )
    found = sample_build.query("from segments.segment_associations")
    for row in found.itertuples():
        table = pd.crosstab(clients["segment_code"], clients[row.attribute_name])
        chi_squared, p_value, freedom, _ = chi2_contingency(table, correction=False)
        assert row.chi_squared == pytest.approx(chi_squared)
        assert row.degrees_of_freedom == freedom
        assert row.p_value == pytest.approx(p_value, abs=2e-3)
        least = min(table.shape) - 1
        strength = np.sqrt(chi_squared / table.to_numpy().sum() / least)
        assert row.cramers_v == pytest.approx(strength)


def test_profiles_are_those_of_pandas(sample_build):
    clients = sample_build.query(
        "from segments.client_segments join features.client_features using (client_id)"
    )
    profiles = sample_build.query("from segments.segment_profiles")
    profiles = profiles.set_index(["feature", "segment_code"])
    for feature in ["shrunk_late_rate", "weighted_avg_days_late"]:
        values = clients.groupby("segment_code")[feature]
        found = profiles.loc[feature]
        for name, told in {
            "mean_value": values.mean(),
            "p25_value": values.quantile(0.25),
            "median_value": values.median(),
            "p75_value": values.quantile(0.75),
        }.items():
            np.testing.assert_allclose(found[name], told[found.index])
        known = clients.dropna(subset=feature)
        total = ((known[feature] - known[feature].mean()) ** 2).sum()
        between = (values.transform("mean") - known[feature].mean()) ** 2
        assert found["importance"].nunique() == 1
        assert found["importance"].iloc[0] == pytest.approx(
            between[known.index].sum() / total
        )


def test_the_map_keeps_what_its_components_explain(sample_build):
    points = points_of(sample_build)
    places = sample_build.query("from segments.segmentation_map").set_index("client_id")
    variance = points.var().sum()
    for axis in "xy":
        share = places[axis].var() / variance
        assert share == pytest.approx(places[f"{axis}_explained_share"].iloc[0])
    assert abs(places["x"].corr(places["y"])) < 1e-6


def test_the_dendrogram_is_one_tree_of_all_clients(sample_build):
    merges = sample_build.query("from segments.segmentation_dendrogram")
    clients = len(points_of(sample_build))
    assert len(merges) == clients - 1
    top = merges.sort_values("merge_id").iloc[-1]
    assert top["leaf_count"] == clients
    assert top["height"] == merges["height"].max()


def test_transitions_count_every_client_once(sample_build):
    moved = sample_build.query(
        "select period_end_date, sum(client_count)::int as clients, "
        "sum(outstanding_amount) as outstanding "
        "from segments.segment_transitions group by 1 order by 1"
    )
    seen = sample_build.query(
        "select as_of_date, count(*)::int as clients, "
        "sum(outstanding_amount) as outstanding "
        "from segments.client_segments_monthly group by 1 order by 1"
    ).iloc[1:]
    assert len(moved) == 23
    assert moved["clients"].tolist() == seen["clients"].tolist()
    assert moved["outstanding"].tolist() == seen["outstanding"].tolist()


def test_a_client_with_one_invoice_is_put_by_rule_and_it_says_so(sample_build):
    found = sample_build.query(
        "select s.* from segments.client_segments as s "
        "join features.client_features using (client_id) where invoice_count = 1"
    )
    assert len(found) > 0
    assert set(found["assignment_method"]) == {"rule"}
    assert found["cluster_id"].isna().all()
    assert found["segment_code"].notna().all()


def test_the_segments_of_a_month_end_are_those_of_a_build_of_that_day(
    sample_build, build_ledger
):
    day = "2025-10-31"
    then = build_ledger(SAMPLE, as_of_date=day, select=["+client_segments"])
    columns = "client_id, segment_code, cluster_id, model_version, persona"
    told = then.query(f"select {columns} from segments.client_segments order by 1")
    kept = sample_build.query(
        f"select {columns} from segments.client_segments_monthly "
        f"where as_of_date = '{day}' order by 1"
    )
    pd.testing.assert_frame_equal(told, kept)


def test_new_names_and_another_order_give_the_same_clusters(
    sample_build, build_ledger, tmp_path
):
    ledger = read_ledger(SAMPLE)
    names = sorted({*ledger["clients"]["client_id"], *ledger["invoices"]["client_id"]})
    renamed = {name: f"X{99999 - i}" for i, name in enumerate(names)}
    for name, rows in ledger.items():
        for column in {"client_id", "parent_client_id"} & {*rows.columns}:
            rows[column] = rows[column].map(lambda old: renamed.get(old, old))
        ledger[name] = rows.sample(frac=1, random_state=8)
    build = build_ledger(
        write_ledger(ledger, tmp_path / "renamed"),
        threads=1,
        select=["+client_segments"],
    )
    columns = "select client_id, segment_code, cluster_id from segments.client_segments"
    told = sample_build.query(columns).set_index("client_id").rename(index=renamed)
    found = build.query(columns).set_index("client_id")
    pd.testing.assert_frame_equal(told.sort_index(), found.sort_index())


@pytest.mark.parametrize("algorithm", ["hierarchical", "dbscan"])
def test_another_algorithm_can_be_asked_for(algorithm, build_ledger):
    build = build_ledger(
        SAMPLE,
        segmentation_algorithm=algorithm,
        history_months=0,
        select=["+client_segments", "+segmentation_quality"],
    )
    assert in_force(build)["algorithm"] == algorithm
    if algorithm == "dbscan":
        outliers = build.query(
            "select client_id from segments.client_segments where is_outlier"
        )
        noise = build.query(
            "select note as client_id from features.segmentation_candidates "
            "where measure = 'noise'"
        )
        quality = in_force(build)
        assert len(noise) == round(quality["noise_share"] * quality["client_count"])
        assert 0 < len(noise) <= len(outliers) < 0.1 * quality["client_count"]
        assert {*noise["client_id"]} <= {*outliers["client_id"]}


def test_attributes_shape_the_clusters_where_they_are_let_in(build_ledger):
    build = build_ledger(
        SAMPLE,
        segmentation_with_attributes=True,
        history_months=0,
        select=["+client_segments"],
    )
    features = {*centers_of(build).columns}
    industries = {*build.query("from features.client_features")["industry"].dropna()}
    assert {f"industry {name}" for name in industries} <= features
    assert "company_size_rank" in features


def test_versions_are_added_and_never_changed(tmp_path):
    """Four builds of one database: a quarter; the next one without fitting; with it,
    and with a payment that came late; and forced, after another one."""
    ledger = read_ledger(SAMPLE)
    folder = write_ledger(ledger, tmp_path / "ledger")

    def build(day, retrain):
        result = dbt(
            "build",
            *WITHOUT_TESTS,
            *["--select", "+client_segments", "+segmentation_versions"],
            folder=tmp_path,
            variables=json.dumps(
                {
                    "ledger_path": str(folder),
                    "as_of_date": day,
                    "segmentation_retrain": retrain,
                }
            ),
        )
        assert result.code == 0, result.output
        models = result.query("from segments.segmentation_models order by fit_date")
        kept = result.query("from features.segmentation_versions order by all")
        return models, kept

    def pay_late(payment_id):
        row = ledger["payments"][ledger["payments"]["kind"] == "cash"].iloc[0].copy()
        row["payment_id"], row["amount"], row["invoice_id"] = payment_id, "7.77", ""
        row["payment_date"], row["recorded_at"] = "2025-02-03", "2026-01-05"
        ledger["payments"].loc[len(ledger["payments"])] = row
        unpaid = ledger["invoices"].iloc[0].copy()
        unpaid["invoice_id"], unpaid["amount"] = f"I{payment_id}", "9.99"
        ledger["invoices"].loc[len(ledger["invoices"])] = unpaid
        write_ledger(ledger, folder)

    models, kept = build("2025-09-30", "quarterly")
    assert models["model_version"].iloc[-1] == "2025-09-30"
    assert models["is_in_force"].tolist() == [False] * (len(models) - 1) + [True]

    later, same = build("2025-12-31", "never")
    assert later["model_version"].tolist() == models["model_version"].tolist()
    pd.testing.assert_frame_equal(kept, same)

    pay_late("LATE1")
    next_models, more = build("2025-12-31", "quarterly")
    adopted = models.loc[models["status"] == "adopted", "model_version"]
    assert {*adopted, "2025-12-31"} <= {*next_models["model_version"]}
    assert next_models["lineage_date"].iloc[-1] == models["lineage_date"].iloc[-1]
    before = more[more["model_version"].isin(kept["model_version"])]
    pd.testing.assert_frame_equal(kept, before.reset_index(drop=True))

    pay_late("LATE2")
    forced, _ = build("2025-12-31", "forced")
    assert forced["model_version"].iloc[-1] == "2025-12-31.2"
