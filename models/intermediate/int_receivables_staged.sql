-- One row: what is owed on the as-of date in the reporting currency, by staging
-- alone: each document less everything posted against it, and what was posted
-- against none. The marts' totals are compared with it.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select payments.*

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on payments.payment_date <= as_of_dates.as_of_date

),

posted as (

    select
        invoice_id,
        sum(document_amount) as document_amount

    from payments

    where invoice_id is not null

    group by 1

),

owed as (

    select
        case
            when invoices.invoice_date <= as_of_dates.as_of_date
                then
                    round(invoices.document_amount * invoices.exchange_rate, 2)
            else 0
        end
        - round(
            cast(coalesce(posted.document_amount, 0) as decimal(18, 2))
            * invoices.exchange_rate,
            2
        ) as amount

    from invoices

    cross join as_of_dates

    left join posted
        on invoices.invoice_id = posted.invoice_id

    union all

    select -round(document_amount * exchange_rate, 2) as amount

    from payments

    where invoice_id is null

)

select cast(coalesce(sum(amount), 0) as decimal(28, 2)) as receivables_amount

from owed
