-- One row per payment, credit or write-off of a client for an invoice of
-- another client. It counts for the invoice, and so for the other client.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

clients as (

    select * from {{ ref('clients') }}

)

select
    payments.payment_id,
    payments.invoice_id,
    payments.client_id as payer_client_id,
    invoices.client_id,
    payments.currency_code,
    cast(payments.document_amount as decimal(18, 2)) as document_amount,
    payers.group_client_id = owners.group_client_id as is_same_group,
    payments.payment_date

from payments

inner join as_of_dates
    on payments.payment_date <= as_of_dates.as_of_date

inner join invoices
    on
        payments.invoice_id = invoices.invoice_id
        and payments.client_id <> invoices.client_id
        and as_of_dates.as_of_date >= invoices.invoice_date

left join clients as payers
    on payments.client_id = payers.client_id

left join clients as owners
    on invoices.client_id = owners.client_id
