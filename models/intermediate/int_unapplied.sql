-- One row per payment entry that reduced no document from its day on, until the
-- day it did: cash and credits for no document, at the rate of the day they came
-- in, and payments for an invoice that was not yet issued.

with

payments as (

    select * from {{ ref('stg_ledger__payments') }}
    where invoice_id is null

),

applications as (

    select * from {{ ref('int_applications') }}
    where application_date > payment_date

)

select
    payment_id,
    client_id,
    currency_code,
    document_amount,
    cast(round(document_amount * exchange_rate, 2) as decimal(18, 2))
        as unapplied_amount,
    kind,
    payment_date as from_date,
    cast('9999-12-31' as date) as until_date

from payments

union all

select
    payment_id,
    client_id,
    currency_code,
    document_amount,
    applied_amount as unapplied_amount,
    kind,
    payment_date as from_date,
    application_date as until_date

from applications
