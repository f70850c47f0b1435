-- One row per control: one figure from two independent sides, which must be
-- the same to the cent.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

opened as (

    select * from {{ ref('stg_ledger__totals') }}

),

accepted as (

    select
        ledger_table,
        count(*) as row_count,
        sum(abs(amount)) as amount

    from {{ ref('int_rows_judged') }}

    where broken_rules is null

    group by 1

),

quarantined as (

    select
        ledger_table,
        count(*) as row_count,
        sum(abs(amount)) as amount

    from (
        select distinct
            ledger_table,
            ledger_file,
            row_number,
            amount
        from {{ ref('ledger_exceptions') }}
    ) as quarantined_rows

    group by 1

),

rollforward as (

    select * from {{ ref('ar_rollforward') }}

),

unapplied as (

    select unapplied.*

    from {{ ref('int_unapplied') }} as unapplied

    inner join as_of_dates
        on
            unapplied.from_date <= as_of_dates.as_of_date
            and unapplied.until_date > as_of_dates.as_of_date

),

items_in_currency as (

    select
        currency_code,
        open_document_amount as amount

    from {{ ref('invoices') }}

    union all

    select
        currency_code,
        -document_amount as amount

    from unapplied

),

receivables as (

    select
        currency_code,
        sum(amount) as amount

    from items_in_currency

    group by 1

),

staged as (

    select * from {{ ref('int_receivables_staged') }}

),

-- what is owed in the reporting currency, as three marts say it
owed as (

    select
        'open_items' as control_code,
        sum(outstanding_amount) as amount

    from {{ ref('open_items') }}

    union all

    select
        'aging' as control_code,
        sum(receivables_amount) as amount

    from {{ ref('client_aging') }}

    union all

    select
        'invoices' as control_code,
        coalesce(sum(amount), 0) as amount

    from (
        select outstanding_amount as amount from {{ ref('invoices') }}

        union all

        select -unapplied_amount as amount from unapplied
    ) as invoices_and_unapplied

),

balances as (

    select balances.*

    from {{ ref('stg_ledger__gl_balances') }} as balances

    inner join as_of_dates
        on balances.period_end_date = as_of_dates.as_of_date

    where '{{ var("clock") }}' = 'posted'

),

-- a table without rows on either side has nothing to prove
read as (

    select
        opened.ledger_table,
        opened.row_count as source_count,
        coalesce(accepted.row_count, 0) + coalesce(quarantined.row_count, 0)
            as mart_count,
        coalesce(opened.amount, 0) as source_amount,
        coalesce(accepted.amount, 0) + coalesce(quarantined.amount, 0)
            as mart_amount,
        opened.row_count > 0
        or accepted.row_count > 0
        or quarantined.row_count > 0 as has_rows

    from opened

    left join accepted
        on opened.ledger_table = accepted.ledger_table

    left join quarantined
        on opened.ledger_table = quarantined.ledger_table

),

compared as (

    select
        ledger_table || '_rows' as control_code,
        cast(case when has_rows then source_count end as decimal(28, 2))
            as source_value,
        mart_count as mart_value

    from read

    union all

    select
        ledger_table || '_amount' as control_code,
        case when has_rows then source_amount end as source_value,
        mart_amount as mart_value

    from read

    where
        ledger_table in (
            'invoices',
            'payments',
            'extension_requests',
            'credit_limits',
            'gl_balances'
        )

    union all

    select
        'receivables_' || rollforward.currency_code as control_code,
        rollforward.closing_amount as source_value,
        receivables.amount as mart_value

    from rollforward

    inner join as_of_dates
        on rollforward.period_end_date = as_of_dates.as_of_date

    left join receivables
        on rollforward.currency_code = receivables.currency_code

    union all

    select
        owed.control_code || '_total' as control_code,
        staged.receivables_amount as source_value,
        coalesce(owed.amount, 0) as mart_value

    from owed

    cross join staged

    union all

    select
        'ledger_account_'
        || coalesce(receivables.currency_code, balances.currency_code)
            as control_code,
        balances.receivables_balance as source_value,
        coalesce(receivables.amount, 0) as mart_value

    from receivables

    full outer join balances
        on receivables.currency_code = balances.currency_code

)

select
    control_code,
    cast(source_value as decimal(28, 2)) as source_value,
    cast(mart_value as decimal(28, 2)) as mart_value,
    cast(source_value - mart_value as decimal(28, 2)) as difference,
    case
        when source_value is null then 'not_applicable'
        when source_value = mart_value then 'ok'
        else 'failed'
    end as status

from compared
