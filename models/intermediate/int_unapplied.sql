-- One row per as-of date and payment entry that reduced no document by then:
-- cash and credits for no document, at the rate of the day they came in, and
-- payments for an invoice that was not yet issued.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}
    where invoice_id is null

),

applications as (

    select * from {{ ref('int_applications') }}
    where application_date > payment_date

)

select
    as_of_dates.as_of_date,
    payments.payment_id,
    payments.client_id,
    payments.currency_code,
    payments.document_amount,
    cast(
        round(payments.document_amount * payments.exchange_rate, 2)
        as decimal(18, 2)
    ) as unapplied_amount,
    payments.payment_date

from payments

inner join as_of_dates
    on payments.payment_date <= as_of_dates.as_of_date

union all

select
    as_of_dates.as_of_date,
    applications.payment_id,
    applications.client_id,
    applications.currency_code,
    applications.document_amount,
    applications.applied_amount as unapplied_amount,
    applications.payment_date

from applications

inner join as_of_dates
    on
        applications.payment_date <= as_of_dates.as_of_date
        and applications.application_date > as_of_dates.as_of_date
