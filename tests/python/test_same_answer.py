"""Same ledger, same answer: whatever the order, the threads, or what came later."""

import json
import random

import pandas as pd
import pytest
import yaml
from conftest import (
    PROJECT,
    SAMPLE,
    WITHOUT_TESTS,
    assert_same_tables,
    dbt,
    mapping_of,
    read_ledger,
    write_ledger,
)

AS_OF = "2025-06-30"


def without_file_totals(tables: dict) -> dict:
    """The tables, control_totals without its lines that count the files' rows."""
    controls = tables["audit.control_totals"]
    of_files = controls["control_code"].str.contains("_(?:rows|amount)$")
    controls = controls[~of_files].reset_index(drop=True)
    return {**tables, "audit.control_totals": controls}


@pytest.fixture(scope="module")
def straight(build_ledger):
    """The sample ledger as it is, named as the default names it."""
    ledger = SAMPLE.relative_to(PROJECT)
    return build_ledger(ledger, threads=2, with_comments=True)


@pytest.fixture(scope="module")
def as_of_june(build_ledger):
    """The sample ledger as of a past day."""
    return build_ledger(SAMPLE, as_of_date=AS_OF)


def test_two_builds_have_the_same_audit_pack(sample_build, straight, audit_pack):
    one, other = audit_pack(sample_build), audit_pack(straight)
    names = [path.name for path in sorted(one.iterdir())]
    assert names == [path.name for path in sorted(other.iterdir())]
    different = [
        name
        for name in names
        if (one / name).read_bytes() != (other / name).read_bytes()
    ]
    assert different == ["run_manifest.csv"]
    # times and ids aside; and one of the two was built with its tests
    aside = ["invocation_id", "invocation_command", "started_at"]
    aside = [*aside, "node_count"]
    left, right = (
        pd.read_csv(folder / "run_manifest.csv", dtype=str).drop(columns=aside)
        for folder in (one, other)
    )
    pd.testing.assert_frame_equal(left, right)


def test_row_order_and_threads_change_no_digit(build_ledger, straight, tmp_path):
    shuffled = {
        name: rows.sample(frac=1, random_state=7)
        for name, rows in read_ledger(SAMPLE).items()
    }
    first = straight.tables()
    other = build_ledger(write_ledger(shuffled, tmp_path), threads=1).tables()

    # where a bad row stands in its file is the one thing that may differ
    for tables in (first, other):
        exceptions = tables["audit.ledger_exceptions"]
        exceptions = exceptions.drop(columns=["ledger_file", "row_number"])
        by_content = exceptions.sort_values([*exceptions.columns], ignore_index=True)
        tables["audit.ledger_exceptions"] = by_content
    assert_same_tables(first, other)


def later_rows(ledger: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The ledger with rows dated after AS_OF, as the next months would add them."""
    chance = random.Random(11)
    open_invoices = ledger["invoices"].sample(40, random_state=3)
    client_ids = sorted(ledger["clients"]["client_id"].unique())[1:]
    added = {
        "invoices": [
            {
                "invoice_id": f"LATER-{number}",
                "client_id": chance.choice(client_ids),
                "invoice_date": "2025-07-01",
                "due_date": "2025-07-31",
                "amount": "99999.99",
                "currency_code": "EUR",
                "document_type": "invoice",
            }
            for number in range(40)
        ],
        "payments": [
            {
                "payment_id": f"LATER-{row.invoice_id}",
                "client_id": row.client_id,
                "invoice_id": row.invoice_id,
                "payment_date": "2026-01-15",
                "amount": "1.00",
                "kind": kind,
            }
            for row, kind in zip(
                open_invoices.itertuples(),
                ["cash", "write_off", "reversal", "credit_note"] * 10,
                strict=True,
            )
        ],
        "credit_limits": [
            {
                "client_id": client_id,
                "valid_from": "2025-07-01",
                "credit_limit_amount": "1.00",
            }
            for client_id in client_ids[:20]
        ],
        "clients": [
            {
                "client_id": client_id,
                "industry": "other",
                "company_size": "small",
                "valid_from": "2025-07-01",
            }
            for client_id in [*client_ids[:20], "C-LATER"]
        ],
        "exchange_rates": [
            {
                "currency_code": "USD",
                "rate_date": "2026-03-02",
                "rate_to_reporting": "9.9",
            }
        ],
    }
    return {
        name: pd.concat([rows, pd.DataFrame(added.get(name, []))]).fillna("")
        for name, rows in ledger.items()
    }


def test_what_comes_after_the_as_of_date_changes_no_number(
    as_of_june, build_ledger, tmp_path
):
    before = as_of_june.tables()
    after = build_ledger(
        write_ledger(later_rows(read_ledger(SAMPLE)), tmp_path), as_of_date=AS_OF
    ).tables()

    for tables in (before, after):
        exceptions = tables["audit.ledger_exceptions"]
        tables["audit.ledger_exceptions"] = exceptions.drop(columns="ledger_file")
    assert_same_tables(without_file_totals(before), without_file_totals(after))


def test_a_ledger_cut_at_the_as_of_date_gives_the_same_numbers(
    as_of_june, build_ledger, tmp_path
):
    dated_by = {
        "invoices": "invoice_date",
        "payments": "payment_date",
        "clients": "valid_from",
        "reminders": "reminder_date",
        "extension_requests": "request_date",
        "credit_limits": "valid_from",
        "disputes": "opened_date",
        "exchange_rates": "rate_date",
        "gl_balances": "period_end_date",
    }
    cut = {
        name: rows[rows[dated_by[name]] <= AS_OF]
        for name, rows in read_ledger(SAMPLE).items()
    }
    whole = as_of_june.tables()
    short = build_ledger(write_ledger(cut, tmp_path), as_of_date=AS_OF).tables()

    # bad rows dated later are listed only where they are
    for tables in (whole, short):
        del tables["audit.ledger_exceptions"]
    assert_same_tables(without_file_totals(whole), without_file_totals(short))


def test_month_ends_kept_from_an_earlier_build_equal_those_of_a_full_one(
    build_ledger, tmp_path
):
    def build(ledger, folder, **variables):
        variables = json.dumps({"ledger_path": str(ledger), **variables})
        result = dbt("build", *WITHOUT_TESTS, folder=folder, variables=variables)
        assert result.code == 0, result.output
        return result

    ledger = read_ledger(SAMPLE)
    posted = (
        ledger["payments"]
        .iloc[[100]]
        .assign(payment_id="BACK-DATED", invoice_id="", payment_date="2025-08-15")
    )
    ledger["payments"] = pd.concat([ledger["payments"], posted])
    more = write_ledger(ledger, tmp_path / "more")

    build(SAMPLE, tmp_path, as_of_date="2025-10-31")
    second = build(more, tmp_path)
    computed = second.query("from intermediate.int_feature_dates order by 1")
    months = computed["as_of_date"].dt.strftime("%Y-%m").tolist()
    assert months == ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12"]

    only = {
        name: rows
        for name, rows in second.tables().items()
        if not name.startswith("features.ftr_")
    }
    full = build_ledger(more).tables()
    assert_same_tables(only, {name: full[name] for name in only})
    # a var that features use leaves nothing as it was
    third = build(more, tmp_path, reminder_response_days=7)
    assert len(third.query("from intermediate.int_feature_dates")) == 24


def features_of_a_day(build, day: str, model: str) -> pd.DataFrame:
    """The features of a day."""
    return build.query(
        f"from features.{model} where as_of_date = date '{day}' order by all"
    )


@pytest.mark.parametrize(
    "name, day",
    [
        ("sample", "2024-09-30"),
        ("sample", "2025-06-30"),
        ("ibm_late_payments", "2012-12-31"),
    ],
)
def test_the_history_of_a_month_end_is_what_a_build_of_that_day_says(
    request, build_ledger, name, day
):
    if name == "sample":
        whole = request.getfixturevalue("sample_build")
        variables = {"ledger_path": SAMPLE}
    else:
        whole = request.getfixturevalue("real_build")(name)
        variables = yaml.safe_load(mapping_of(name))
    ledger = variables.pop("ledger_path")
    select = ["+client_features"]
    then = build_ledger(ledger, select=select, as_of_date=day, **variables)

    history = features_of_a_day(whole, day, "client_features_monthly")
    assert len(history) >= 100
    assert_same_tables(
        {"features": history},
        {"features": features_of_a_day(then, day, "client_features")},
    )
