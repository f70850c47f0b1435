-- One row per row of the ledger, all its tables: what identifies it, and the
-- rules that it breaks.

{{ config(materialized='view') }}

select
    'clients' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    cast(null as string) as document_id,
    cast(null as decimal(18, 2)) as amount,
    broken_rules

from {{ ref('base_ledger__clients') }}

union all

select
    'invoices' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    invoice_id as document_id,
    amount,
    broken_rules

from {{ ref('base_ledger__invoices') }}

union all

select
    'payments' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    payment_id as document_id,
    amount,
    broken_rules

from {{ ref('base_ledger__payments') }}

union all

select
    'reminders' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    reminder_id as document_id,
    cast(null as decimal(18, 2)) as amount,
    broken_rules

from {{ ref('base_ledger__reminders') }}

union all

select
    'extension_requests' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    request_id as document_id,
    promised_amount as amount,
    broken_rules

from {{ ref('base_ledger__extension_requests') }}

union all

select
    'credit_limits' as ledger_table,
    ledger_file,
    ledger_row_number,
    client_id,
    cast(null as string) as document_id,
    credit_limit_amount as amount,
    broken_rules

from {{ ref('base_ledger__credit_limits') }}

union all

select
    'disputes' as ledger_table,
    ledger_file,
    ledger_row_number,
    cast(null as string) as client_id,
    dispute_id as document_id,
    cast(null as decimal(18, 2)) as amount,
    broken_rules

from {{ ref('base_ledger__disputes') }}

union all

select
    'exchange_rates' as ledger_table,
    ledger_file,
    ledger_row_number,
    cast(null as string) as client_id,
    currency_code as document_id,
    cast(null as decimal(18, 2)) as amount,
    broken_rules

from {{ ref('base_ledger__exchange_rates') }}

union all

select
    'gl_balances' as ledger_table,
    ledger_file,
    ledger_row_number,
    cast(null as string) as client_id,
    cast(period_end_date as string) as document_id,
    receivables_balance as amount,
    broken_rules

from {{ ref('base_ledger__gl_balances') }}
