-- Open documents less unapplied cash, in document currency, against the
-- balance of the ledger account on the as-of date, where the ledger has one.
-- Fails for every currency that differs by a cent.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

open_items as (

    select
        currency_code,
        open_document_amount as open_amount

    from {{ ref('invoices') }}

    union all

    select
        currency_code,
        -document_amount as open_amount

    from {{ ref('int_unapplied') }}

),

summed as (

    select
        currency_code,
        sum(open_amount) as open_amount

    from open_items

    group by 1

)

select
    balances.currency_code,
    balances.receivables_balance,
    summed.open_amount

from {{ ref('stg_ledger__gl_balances') }} as balances

inner join as_of_dates
    on balances.period_end_date = as_of_dates.as_of_date

left join summed
    on balances.currency_code = summed.currency_code

where balances.receivables_balance <> coalesce(summed.open_amount, 0)
