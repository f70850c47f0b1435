-- One row: the day the ledger is read. Either the user's, or the last day on
-- which the ledger saw an invoice or a payment; never the clock's.

with

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

),

seen as (

    select max(invoice_date) as seen_date from invoices

    union all

    select max(payment_date) as seen_date from payments

)

select
    coalesce({{ as_of_date() }}, max(seen_date)) as as_of_date

from seen
