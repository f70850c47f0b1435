"""On public ledgers, the build finds what pandas finds in the files themselves."""

from decimal import Decimal

import pandas as pd
import pytest
from conftest import REAL_LEDGERS, assert_same_tables

IBM = "ibm_late_payments"
IBM_FILE = "WA_Fn-UseC_-Accounts-Receivable.csv"
REORDERED = "variants/iamjenetzler.csv"
PADDED = "variants/pthiagu2.csv"
LONGER = "variants/wdmartin44_with_missing.csv"


def read(file: str, delimiter=",") -> pd.DataFrame:
    """A file of the real ledgers, as text."""
    return pd.read_csv(
        REAL_LEDGERS / file, sep=delimiter, dtype=str, keep_default_na=False
    )


def total(texts) -> Decimal:
    """The sum of amounts, of those that are there."""
    return sum((Decimal(text) for text in texts if text), Decimal(0))


def days_from(first, last) -> pd.Series:
    """Days from one ISO date to another."""
    return (pd.to_datetime(last) - pd.to_datetime(first)).dt.days


def controls(build) -> dict:
    """The control totals that apply, which must all be met, as exact decimals."""
    totals = build.query(
        "select control_code, source_value::varchar as value, status "
        "from audit.control_totals where status <> 'not_applicable'"
    )
    assert {*totals["status"]} == {"ok"}
    return dict(zip(totals["control_code"], map(Decimal, totals["value"]), strict=True))


@pytest.mark.parametrize(
    ("file", "rows"),
    [(None, 2466), (REORDERED, 2466), (PADDED, 2466), (LONGER, 2586)],
)
def test_every_ibm_invoice_is_accepted_and_paid_to_the_cent(real_build, file, rows):
    """The nulls of the longer file are in columns that nothing reads."""
    build, ledger = real_build(IBM, file), read(f"{IBM}/{file or IBM_FILE}")
    assert len(ledger) == rows
    found = controls(build)
    assert found["invoices_rows"] == rows
    assert found["invoices_amount"] == total(ledger["InvoiceAmount"])
    assert found["receivables_USD"] == 0
    assert build.query("from audit.ledger_exceptions").empty

    invoices = build.query(
        "select *, invoice_amount::varchar as amount from core.invoices"
    ).set_index("invoice_id")
    ledger = ledger.set_index("invoiceNumber").loc[invoices.index]
    assert [*invoices["client_id"]] == [*ledger["customerID"]]
    assert [*map(Decimal, invoices["amount"])] == [
        *map(Decimal, ledger["InvoiceAmount"])
    ]
    assert [*invoices["days_late"].clip(lower=0)] == [*ledger["DaysLate"].astype(int)]
    disputed = ledger["Disputed"].map({"Yes": True, "No": False})
    assert [*invoices["is_disputed"]] == [*disputed]


def test_ibm_rows_in_another_order_give_the_same_marts(real_build):
    assert_same_tables(real_build(IBM).tables(), real_build(IBM, REORDERED).tables())


def test_a_padded_number_is_another_invoice(real_build):
    query = "select invoice_id from core.invoices order by 1"
    plain = {*real_build(IBM).query(query)["invoice_id"]}
    padded = {*real_build(IBM, PADDED).query(query)["invoice_id"]}
    assert "611365" in plain - padded
    assert "0000611365" in padded - plain
    assert {number.lstrip("0") for number in padded} == plain


def test_rows_that_were_added_change_no_other_invoice(real_build):
    columns = "invoice_id, client_id, invoice_amount, settled_date, days_late"
    query = f"select {columns} from core.invoices order by 1"
    before = real_build(IBM).query(query)
    after = real_build(IBM, LONGER).query(query)
    kept = after[after["invoice_id"].isin(before["invoice_id"])]
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), before)
    assert len(after) - len(before) == 120


@pytest.fixture(scope="session")
def datarisk_rows(real_build):
    """Every row of the notes, with the rules that it breaks as pandas judges."""
    real_build("datarisk_b2b")
    clients = {*read("datarisk_b2b/base_cadastral.csv", ";")["ID_CLIENTE"]}
    files = [
        read(f"datarisk_b2b/base_pagamentos_{name}.csv", ";").assign(file=name)
        for name in ["desenvolvimento", "teste"]
    ]
    rows = pd.concat([file.assign(row=range(1, len(file) + 1)) for file in files])
    rows = rows.fillna("").reset_index(drop=True)
    issued, due = rows["DATA_EMISSAO_DOCUMENTO"], rows["DATA_VENCIMENTO"]
    broken = {
        "invoice_client_unknown": ~rows["ID_CLIENTE"].isin(clients),
        "invoice_amount_unreadable": rows["VALOR_A_PAGAR"] == "",
        "invoice_due_before_issue": days_from(issued, due) < 0,
        "invoice_paid_before_issue": days_from(rows["DATA_PAGAMENTO"], issued) > 30,
    }
    rows["rules"] = [
        {rule for rule in broken if broken[rule][place]} for place in rows.index
    ]
    return rows


def test_datarisk_rows_and_amounts_are_accepted_or_quarantined(
    real_build, datarisk_rows
):
    build, found = real_build("datarisk_b2b"), controls(real_build("datarisk_b2b"))
    assert found["invoices_rows"] == len(datarisk_rows) == 77_414 + 12_275
    assert found["invoices_amount"] == total(datarisk_rows["VALOR_A_PAGAR"])
    is_sound = datarisk_rows["rules"].map(len) == 0
    accepted = build.query(
        "select count(*) as row_count, sum(invoice_amount)::varchar as amount "
        "from core.invoices"
    )
    assert accepted["row_count"][0] == is_sound.sum()
    assert Decimal(accepted["amount"][0]) == total(
        datarisk_rows.loc[is_sound, "VALOR_A_PAGAR"]
    )
    open_amount = found["receivables_BRL"]
    unpaid = is_sound & (datarisk_rows["DATA_PAGAMENTO"] == "")
    assert open_amount == total(datarisk_rows.loc[unpaid, "VALOR_A_PAGAR"])


def test_every_datarisk_exception_is_a_row_of_its_file_and_a_rule_it_breaks(
    real_build, datarisk_rows
):
    exceptions = real_build("datarisk_b2b").query(
        "select regexp_extract(ledger_file, 'pagamentos_(.*).csv', 1) as file, "
        "row_number, rule_code, client_id, raw_values from audit.ledger_exceptions"
    )
    bad = datarisk_rows[datarisk_rows["rules"].map(len) > 0].explode("rules")
    columns = [name for name in datarisk_rows if name.isupper()]
    expected = {
        (
            row["file"],
            row["row"],
            row["rules"],
            row["ID_CLIENTE"],
            " | ".join(f"{name}={row[name]}" for name in columns if row[name]),
        )
        for row in bad.to_dict("records")
    }
    assert {*exceptions.itertuples(index=False, name=None)} == expected
    assert len(exceptions) == len(expected)


def test_xero_counts_only_receivables_that_stand(real_build):
    facts = real_build("xero").query(
        "select count(*) as invoices, "
        "count(*) filter (where currency_code = 'CAD') as unconverted "
        "from core.invoices"
    )
    assert facts["invoices"][0] == 117 - 1
    assert facts["unconverted"][0] == 0
