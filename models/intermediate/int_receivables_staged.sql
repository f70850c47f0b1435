-- One row: what is owed on the as-of date in the reporting currency, by
-- staging alone: each document less everything posted against it, and what was
-- posted against none. The marts' totals are compared with it.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select
        payments.*,
        coalesce(invoices.invoice_date <= as_of_dates.as_of_date, false)
            as is_applied

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on payments.payment_date <= as_of_dates.as_of_date

    left join invoices
        on payments.invoice_id = invoices.invoice_id

),

posted as (

    select
        invoice_id,
        sum(document_amount) as document_amount

    from payments

    where is_applied

    group by 1

),

owed as (

    select
        round(invoices.document_amount * invoices.exchange_rate, 2)
        - round(
            cast(coalesce(posted.document_amount, 0) as decimal(18, 2))
            * invoices.exchange_rate,
            2
        ) as amount

    from invoices

    inner join as_of_dates
        on invoices.invoice_date <= as_of_dates.as_of_date

    left join posted
        on invoices.invoice_id = posted.invoice_id

    union all

    select -round(document_amount * exchange_rate, 2) as amount

    from payments

    where not is_applied

)

select cast(coalesce(sum(amount), 0) as decimal(28, 2)) as receivables_amount

from owed
