-- One row per ledger table: rows, and amounts without their sign, as the
-- ledger was opened and before anything was judged.

{{ config(materialized='table') }}

with

counted as (

    select
        'clients' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ source('ledger', 'clients') }}

    union all

    select
        'credit_limits' as ledger_table,
        count(*) as row_count,
        sum(abs({{ read_amount('credit_limit_amount') }})) as amount

    from {{ source('ledger', 'credit_limits') }}

    union all

    select
        'disputes' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ source('ledger', 'disputes') }}

    union all

    select
        'exchange_rates' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ source('ledger', 'exchange_rates') }}

    union all

    select
        'extension_requests' as ledger_table,
        count(*) as row_count,
        sum(abs({{ read_amount('promised_amount') }})) as amount

    from {{ source('ledger', 'extension_requests') }}

    union all

    select
        'gl_balances' as ledger_table,
        count(*) as row_count,
        sum(abs({{ read_amount('receivables_balance') }})) as amount

    from {{ source('ledger', 'gl_balances') }}

    union all

    select
        'invoices' as ledger_table,
        count(*) as row_count,
        sum(abs({{ read_amount('amount') }})) as amount

    from {{ source('ledger', 'invoices') }}

    union all

    select
        'payments' as ledger_table,
        count(*) as row_count,
        sum(abs({{ read_amount('amount') }})) as amount

    from {{ source('ledger', 'payments') }}

    union all

    select
        'reminders' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ source('ledger', 'reminders') }}

)

select
    ledger_table,
    row_count,
    cast(amount as decimal(28, 2)) as amount

from counted
