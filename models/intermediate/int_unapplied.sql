-- One row per payment entry that reduced no document from its day on, until
-- the day it did: cash and credits for no document, and payments for an
-- invoice that was not yet issued, at the rate of the day they came in.

with

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

)

select
    payments.payment_id,
    payments.client_id,
    payments.currency_code,
    payments.document_amount,
    cast(
        round(payments.document_amount * payments.exchange_rate, 2)
        as decimal(18, 2)
    ) as unapplied_amount,
    payments.kind,
    payments.payment_date as from_date,
    coalesce(invoices.invoice_date, cast('9999-12-31' as date)) as until_date

from payments

left join invoices
    on payments.invoice_id = invoices.invoice_id

where (payments.payment_date >= invoices.invoice_date) is not true
