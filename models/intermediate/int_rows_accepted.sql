-- One row per ledger table: rows, and amounts without their sign, that were
-- accepted.

with

counted as (

    select
        'clients' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__clients') }}

    where broken_rules is null

    union all

    select
        'credit_limits' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__credit_limits') }}

    where broken_rules is null

    union all

    select
        'disputes' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__disputes') }}

    where broken_rules is null

    union all

    select
        'exchange_rates' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__exchange_rates') }}

    where broken_rules is null

    union all

    select
        'extension_requests' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__extension_requests') }}

    where broken_rules is null

    union all

    select
        'gl_balances' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__gl_balances') }}

    where broken_rules is null

    union all

    select
        'invoices' as ledger_table,
        count(*) as row_count,
        sum(abs(amount)) as amount

    from {{ ref('base_ledger__invoices') }}

    where broken_rules is null

    union all

    select
        'payments' as ledger_table,
        count(*) as row_count,
        sum(abs(amount)) as amount

    from {{ ref('base_ledger__payments') }}

    where broken_rules is null

    union all

    select
        'reminders' as ledger_table,
        count(*) as row_count,
        cast(null as decimal(28, 2)) as amount

    from {{ ref('base_ledger__reminders') }}

    where broken_rules is null

)

select
    ledger_table,
    row_count,
    cast(amount as decimal(28, 2)) as amount

from counted
