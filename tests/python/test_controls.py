"""Faults of a file stop the build with one sentence; faults of rows are reported."""

import json
import shutil

import pytest
from conftest import (
    SAMPLE,
    WITHOUT_TESTS,
    WITHOUT_UNIT_TESTS,
    assert_same_tables,
    dbt,
    read_ledger,
    write_ledger,
)

HEADER = "invoice_id,client_id,invoice_date,due_date,amount\n"
ROW = "1,C1,2024-01-01,2024-01-31,100.00\n"
READ = "The ledger cannot be read: table invoices: "


OTHER = "2,C1,2024-01-01,2024-01-31,7.00\n"
FAULTS = {
    "two optional columns of one name": (
        HEADER.replace("\n", ",Currency_Code,currency_code\n")
        + ROW.replace("\n", ",USD,USD\n"),
        "the column currency_code is there twice in {file}; map Currency_Code5 or "
        "currency_code6.",
    ),
    "no file": ({}, "no invoices.csv or invoices.parquet in {folder}."),
    "other files": (
        {"Invoices.xlsx": "", "a.txt": ""},
        "no invoices.csv or invoices.parquet in {folder}; it has Invoices.xlsx, a.txt.",
    ),
    "no folder": (None, "no invoices.csv or invoices.parquet in {folder}."),
    "empty file": ("", "file {file} is empty."),
    "empty first line": ("\n" + HEADER + ROW, "file {file} begins with an empty line."),
    "missing column": (
        HEADER.replace("due_date", "due") + ROW,
        "no column due_date in {file}; it has invoice_id, client_id, invoice_date, "
        "due, amount.",
    ),
    "two columns of one name": (
        HEADER.replace("due_date", "Amount") + ROW,
        "no column due_date in {file}; it has invoice_id, client_id, invoice_date, "
        "Amount3, amount4.",
    ),
    "wrong delimiter": (
        HEADER.replace(",", ";") + ROW.replace(",", ";"),
        "no column invoice_id in {file}; it has "
        "invoice_id;client_id;invoice_date;due_date;amount. "
        "Is its delimiter another.",
    ),
    "Latin-1": (
        (HEADER + ROW + ROW.replace("C1", "Mü")).encode("latin-1"),
        "line 3 of file {file} is not utf-8; give its encoding in the mapping.",
    ),
    "Latin-1 in the header": (
        (HEADER.replace("due", "fällig") + ROW).encode("latin-1"),
        "line 1 of file {file} is not utf-8; give its encoding in the mapping.",
    ),
    "UTF-16": (
        (HEADER + ROW).encode("utf-16"),
        "file {file} is not utf-8; give its encoding in the mapping.",
    ),
    "decimal commas": (
        HEADER + ROW + ROW.replace("100.00", "100,00"),
        "line 3 of file {file} is longer than the header; quote what holds a "
        "delimiter, or correct delimiter in the mapping.",
    ),
    "stray quote": (
        HEADER + ROW + ROW.replace("C1", '"C"1'),
        "line 3 of file {file} has a stray quote; double a quote that is meant.",
    ),
    "open quote": (
        HEADER + ROW + ROW.replace("C1", '"C1') + ROW,
        "row 2 of file {file} opens a quote that is never closed.",
    ),
}


@pytest.fixture(scope="session")
def least_build(build_ledger, tmp_path_factory):
    """A ledger of one row."""
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "invoices.csv").write_text(HEADER + ROW)
    return build_ledger(folder)


@pytest.mark.parametrize(("files", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_file_fault_is_one_sentence_and_touches_nothing(
    files, sentence, least_build, tmp_path
):
    ledger = tmp_path / "ledger"
    if files is not None:
        ledger.mkdir()
    if isinstance(files, str | bytes):
        files = {"invoices.csv": files}
    for name, content in (files or {}).items():
        content = content.encode() if isinstance(content, str) else content
        (ledger / name).write_bytes(content)
    shutil.copy(least_build.database, tmp_path)
    variables = json.dumps({"ledger_path": str(ledger)})
    after = dbt("build", *WITHOUT_TESTS, folder=tmp_path, variables=variables)

    assert after.code != 0
    said = " ".join(after.output.split())
    sentence = sentence.format(folder=ledger, file=ledger / "invoices.csv")
    assert f"{READ}{sentence} " in said
    assert_same_tables(least_build.tables(), after.tables())


def test_nothing_of_a_csv_file_is_taken_for_a_comment_or_a_second_header(
    build_ledger, tmp_path
):
    lines = [ROW.replace("1,", f"{n},", 1) for n in range(40)]
    lines[7] = lines[7].replace("7,", "#7,", 1)
    (tmp_path / "invoices.csv").write_text(HEADER + "".join(lines) + "# the end\n")
    build = build_ledger(tmp_path)
    assert build.query("from core.invoices where invoice_id = '#7'")["invoice_id"].any()
    exceptions = build.query("from audit.ledger_exceptions")
    assert set(exceptions["raw_values"]) == {"invoice_id=# the end"}


def test_amounts_of_a_hundred_million_do_not_overflow(build_ledger, tmp_path):
    large = ROW.replace("100.00", "100000000000.00")
    (tmp_path / "invoices.csv").write_text(HEADER + large + large.replace("1", "2", 1))
    features = build_ledger(tmp_path).query("from features.client_features")
    assert features["total_invoiced_amount"][0] == 200_000_000_000


def test_an_orphan_and_a_doubled_row_are_reported(build_ledger, tmp_path):
    ledger = read_ledger(SAMPLE)
    payments, invoices = ledger["payments"], ledger["invoices"]
    orphan = payments[payments["invoice_id"] != ""].index[100]
    payments.loc[orphan, "invoice_id"] = "INV-NOBODY"
    ledger["invoices"] = invoices.loc[[*invoices.index, invoices.index[500]]]
    exceptions = build_ledger(write_ledger(ledger, tmp_path)).query(
        "from audit.ledger_exceptions"
    )
    orphans = exceptions[exceptions["rule_code"] == "payment_invoice_unknown"]
    assert payments.loc[orphan, "payment_id"] in set(orphans["document_id"])
    doubled = exceptions[exceptions["rule_code"] == "invoice_duplicate"]
    assert invoices.iloc[500]["invoice_id"] in set(doubled["document_id"])


def test_a_cent_too_much_fails_the_control_of_the_ledger_account(tmp_path):
    ledger = read_ledger(SAMPLE)
    payments = ledger["payments"]
    euros = payments[
        (payments["currency_code"] == "EUR") & (payments["kind"] == "cash")
    ]
    cent = f"{float(euros['amount'].iloc[50]) + 0.01:.2f}"
    payments.loc[euros.index[50], "amount"] = cent
    result = dbt(
        "build",
        "--exclude-resource-type",
        "unit_test",
        folder=tmp_path,
        variables=json.dumps(
            {"ledger_path": str(write_ledger(ledger, tmp_path / "ledger"))}
        ),
    )
    assert result.code == 1
    assert "Failure in test accepted_values_control_totals_status" in result.output
    year, month, _ = map(int, euros["payment_date"].iloc[50].split("-"))
    months = (2025 - year) * 12 + 13 - month
    every_month = f"FAIL {months} the_ledger_account_is_the_closing_balance"
    assert every_month in result.output
    failed = result.query("from audit.control_totals where status = 'failed'")
    assert failed["control_code"].tolist() == ["ledger_account_EUR"]
    assert float(failed["difference"][0]) == 0.01


def test_a_report_of_that_day_is_rebuilt_from_what_was_known(
    sample_build, build_ledger
):
    day = "2025-09-30"
    then = build_ledger(SAMPLE, as_of_date=day, clock="known").query(
        "select currency_code, closing_amount from audit.ar_rollforward "
        f"where period_end_date = date '{day}' order by all"
    )
    now = sample_build.query(
        "select currency_code, known_closing_amount, late_posted_amount "
        f"from audit.ar_rollforward where period_end_date = date '{day}' order by all"
    )
    assert then["closing_amount"].tolist() == now["known_closing_amount"].tolist()
    assert (now["late_posted_amount"] != 0).any()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"clock": "known"}, "clock: known needs an as_of_date"),
        ({"clock": "knew"}, "clock is knew; it is posted or known."),
        (
            {"segmentation_retrain": "often"},
            "segmentation_retrain is often; it is quarterly, forced or never.",
        ),
        (
            {"ledger_pth": "x"},
            "There is no var ledger_pth; there are as_of_date, clock,",
        ),
        ({"as_of_date": "30/06/2025"}, "as_of_date is 30/06/2025; write a day as"),
        ({"as_of_date": "2024-02-30"}, "as_of_date is 2024-02-30; write a day as"),
        ({"as_of_date": "2100-01-01"}, "as_of_date is 2100-01-01, outside first_"),
        ({"first_plausible_date": ""}, "first_plausible_date is ; write a day as"),
        (
            {"settlement_tolerance_amount": -5},
            "settlement_tolerance_amount is -5; it is a number not below 0.",
        ),
        (
            {"max_quarantined_share": 5},
            "max_quarantined_share is 5; it is a number from 0 to 1.",
        ),
        ({"history_months": "abc"}, "history_months is abc; it is a number not below"),
        ({"reporting_currency": ""}, "reporting_currency is ; it is a code of three"),
        (
            {"ledger_tables": {"invoices": {"where": "amount is not null"}}},
            "table invoices: give ledger_path, or its file or table in the mapping",
        ),
        (
            {"ledger_tables": {"invoices": {"delimiter": None}}},
            "table invoices: delimiter of the mapping has no value",
        ),
        (
            {"ledger_tables": {"invoices": {"columns": {"amount": None}}}},
            "table invoices: amount of the mapping has no value",
        ),
        (
            {"ledger_tables": {"invoices": {"decimal": "comma"}}},
            "table invoices: decimal of the mapping is comma; it is , or .",
        ),
        (
            {"ledger_tables": {"payment": {"file": "cash.csv"}}},
            "ledger_tables has payment; the tables are clients, credit_limits,",
        ),
        ({"ledger_tables": None}, "ledger_tables is empty or no list of tables."),
        (
            {"ledger_tables": {"invoices": {"columns": None}}},
            "table invoices: the mapping, or its columns, is empty or no list",
        ),
        (
            {"ledger_tables": {"invoices": {"delimeter": ";"}}},
            "table invoices: the mapping has delimeter; it may have file, table,",
        ),
        (
            {"ledger_tables": {"invoices": {"columns": {"currency": "curr"}}}},
            "table invoices: the mapping has a column currency; ours are invoice_id,",
        ),
    ],
)
def test_a_var_that_cannot_be_meant_is_one_sentence(variables, sentence, tmp_path):
    variables = json.dumps(variables)
    result = dbt("build", *WITHOUT_TESTS, folder=tmp_path, variables=variables)
    assert result.code != 0
    assert sentence in " ".join(result.output.split())


def test_a_file_of_nearly_the_right_name_is_not_passed_over(tmp_path):
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    (ledger / "invoices.csv").write_text(HEADER + ROW)
    (ledger / "Payments.CSV").write_text("payment_id\n")
    variables = json.dumps({"ledger_path": str(ledger)})
    result = dbt("build", *WITHOUT_TESTS, folder=tmp_path, variables=variables)
    assert result.code != 0
    said = READ.replace("invoices", "payments")
    said += f"Payments.CSV in {ledger} would not be read; call it payments.csv or"
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize("name", ["amount", "kind"])
def test_a_column_that_one_of_several_files_has_not_is_told(name, tmp_path):
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    header = HEADER.replace("\n", ",kind\n")
    (ledger / "inv_1.csv").write_text(header + ROW.replace("\n", ",invoice\n"))
    other = OTHER.replace("\n", ",credit_note\n")
    (ledger / "inv_2.csv").write_text(header.replace(name, "other") + other)
    mapping = {"file": "inv_*.csv", "columns": {"document_type": "kind"}}
    mapping = {"invoices": mapping}
    variables = json.dumps({"ledger_path": str(ledger), "ledger_tables": mapping})
    select = ["--select", "+stg_ledger__invoices"]
    result = dbt(
        *("build", *WITHOUT_TESTS, *select), folder=tmp_path, variables=variables
    )
    said = " ".join(result.output.split())
    if name == "amount":
        assert result.code != 0
        assert f"{READ}no column amount in {ledger}/inv_2.csv; it has invoice_" in said
    else:
        assert result.code == 0
        assert f"in {ledger}/inv_2.csv, so its rows have no document_type" in said


def test_a_mapped_name_that_no_column_has_is_named_before_the_engine_speaks(tmp_path):
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    (ledger / "invoices.csv").write_text(HEADER + ROW)
    mapping = {"invoices": {"columns": {"amount": "Total (EUR)"}}}
    variables = json.dumps({"ledger_path": str(ledger), "ledger_tables": mapping})
    result = dbt("build", *WITHOUT_TESTS, folder=tmp_path, variables=variables)
    assert result.code != 0
    said = "invoices.amount is read as SQL, for no column is called Total (EUR)"
    assert said in " ".join(result.output.split())


def test_what_a_folder_is_called_is_no_column(build_ledger, tmp_path):
    folder = tmp_path / "amount=7" / "currency_code=USD"
    folder.mkdir(parents=True)
    (folder / "invoices.csv").write_text(HEADER + ROW)
    invoices = build_ledger(folder, select=["+invoices"]).query("from core.invoices")
    found = invoices[["invoice_amount", "currency_code"]].to_numpy().tolist()
    assert found == [[100, "EUR"]]


def test_receipts_below_zero_and_a_balance_of_another_day_fail_a_control(tmp_path):
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    (ledger / "invoices.csv").write_text(HEADER + ROW)
    (ledger / "payments.csv").write_text(
        "payment_id,client_id,invoice_id,payment_date,amount\n"
        "P1,C1,1,2024-02-20,-60.00\n"
    )
    (ledger / "gl_balances.csv").write_text(
        "period_end_date,receivables_balance\n2024-01-31,100.00\n2024-02-19,100.00\n"
    )
    controls = [
        "cash_and_write_offs_reduce_receivables",
        "every_balance_is_compared",
    ]
    result = dbt(
        *("build", *WITHOUT_UNIT_TESTS),
        *("--select", *[f"+{name}" for name in controls]),
        folder=tmp_path,
        variables=json.dumps({"ledger_path": str(ledger)}),
    )
    assert result.code == 1
    for name in controls:
        assert f"FAIL 1 {name} " in result.output
