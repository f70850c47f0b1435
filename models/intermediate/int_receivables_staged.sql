-- One row: what is owed on the as-of date in the reporting currency, by
-- staging alone: each document less everything posted against it, and what was
-- posted against none. The marts' totals are compared with it.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

posted as (

    select
        payments.invoice_id,
        sum(payments.document_amount) as document_amount

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on
            payments.payment_date <= as_of_dates.as_of_date
            and payments.invoice_date <= as_of_dates.as_of_date

    group by 1

),

owed as (

    select
        {{ in_reporting_currency(
            'invoices.document_amount', 'invoices.exchange_rate'
        ) }}
        - {{ in_reporting_currency(
            'cast(coalesce(posted.document_amount, 0) as decimal(18, 2))',
            'invoices.exchange_rate'
        ) }} as amount

    from {{ ref('stg_ledger__invoices') }} as invoices

    inner join as_of_dates
        on invoices.invoice_date <= as_of_dates.as_of_date

    left join posted
        on invoices.invoice_id = posted.invoice_id

    union all

    select
        -{{ in_reporting_currency(
            'payments.document_amount', 'payments.exchange_rate'
        ) }} as amount

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on
            payments.payment_date <= as_of_dates.as_of_date
            and (payments.invoice_date <= as_of_dates.as_of_date) is not true

)

select cast(coalesce(sum(amount), 0) as decimal(28, 2)) as receivables_amount

from owed
