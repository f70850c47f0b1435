-- One row per as-of date and payment entry that reduced no document by then:
-- cash and credits for no document, and payments for an invoice that was not
-- yet issued, at the rate of the day they came in.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

)

select
    as_of_dates.as_of_date,
    payments.payment_id,
    coalesce(invoices.client_id, payments.client_id) as client_id,
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

left join invoices
    on payments.invoice_id = invoices.invoice_id

where (invoices.invoice_date <= as_of_dates.as_of_date) is not true
