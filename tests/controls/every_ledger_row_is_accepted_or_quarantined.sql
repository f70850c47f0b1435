-- Rows of the ledger as it was opened, against rows accepted into staging and
-- rows listed as exceptions. Fails for every table where they differ.

with

ledger as (

    select
        'invoices' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'invoices') }}

    union all

    select
        'payments' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'payments') }}

    union all

    select
        'clients' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'clients') }}

    union all

    select
        'reminders' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'reminders') }}

    union all

    select
        'extension_requests' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'extension_requests') }}

    union all

    select
        'credit_limits' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'credit_limits') }}

    union all

    select
        'disputes' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'disputes') }}

    union all

    select
        'gl_balances' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'gl_balances') }}

    union all

    select
        'exchange_rates' as ledger_table,
        count(*) as row_count
    from {{ source('ledger', 'exchange_rates') }}

),

accepted as (

    select
        'invoices' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        'payments' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__payments') }}
    inner join {{ ref('stg_ledger__coverage') }} as coverage
        on coverage.has_payments_table

    union all

    select
        'clients' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__clients') }}

    union all

    select
        'reminders' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__reminders') }}

    union all

    select
        'extension_requests' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__extension_requests') }}

    union all

    select
        'credit_limits' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__credit_limits') }}

    union all

    select
        'disputes' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__disputes') }}

    union all

    select
        'gl_balances' as ledger_table,
        count(*) as row_count
    from {{ ref('stg_ledger__gl_balances') }}

    union all

    select
        'exchange_rates' as ledger_table,
        count(*) as row_count
    from {{ ref('base_ledger__exchange_rates') }}
    where broken_rules is null

),

quarantined as (

    select
        ledger_table,
        count(*) as row_count

    from (
        select distinct
            ledger_table,
            ledger_file,
            row_number
        from {{ ref('ledger_exceptions') }}
    ) as exceptional_rows

    group by 1

)

select
    ledger.ledger_table,
    ledger.row_count,
    accepted.row_count as accepted_count,
    coalesce(quarantined.row_count, 0) as quarantined_count

from ledger

inner join accepted
    on ledger.ledger_table = accepted.ledger_table

left join quarantined
    on ledger.ledger_table = quarantined.ledger_table

where
    ledger.row_count
    <> accepted.row_count + coalesce(quarantined.row_count, 0)
