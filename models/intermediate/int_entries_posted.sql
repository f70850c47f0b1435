-- One row per payment entry for a document on record: from when it reduces it,
-- and how late that is. A receipt posted before its invoice reduces it from the
-- day it is issued. Unapplied cash is not here.

{{ config(materialized='view') }}

with

payments as (

    select
        *,
        greatest(payment_date, invoice_date) as application_date

    from {{ ref('stg_ledger__payments') }}

    where invoice_id is not null

)

select
    payment_id,
    invoice_id,
    invoice_client_id as client_id,
    currency_code,
    kind,
    document_amount,
    invoice_exchange_rate as exchange_rate,
    {{ days_between('due_date', 'application_date') }} as days_after_due,
    payment_date,
    application_date

from payments
