-- One row per payment entry that reduced no document from its day on, until
-- the day it did: cash and credits for no document, and payments for an
-- invoice that was not yet issued, at the rate of the day they came in.

with

payments as (

    select * from {{ ref('stg_ledger__payments') }}

)

select
    payment_id,
    client_id,
    currency_code,
    document_amount,
    {{ in_reporting_currency('document_amount', 'exchange_rate') }}
        as unapplied_amount,
    kind,
    payment_date as from_date,
    coalesce(invoice_date, cast('9999-12-31' as date)) as until_date

from payments

where (payment_date >= invoice_date) is not true
