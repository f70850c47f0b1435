-- One row per payment entry applied to a document, in the document's currency
-- and in the reporting currency at the document's rate. Rounding the running
-- total, not each entry, lets the entries of a paid document add up to it to
-- the cent. Unapplied cash is not here.

with

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

),

-- a receipt posted before its invoice reduces it from the day it is issued
applied as (

    select
        payments.payment_id,
        payments.invoice_id,
        invoices.client_id,
        payments.kind,
        payments.document_amount,
        invoices.exchange_rate,
        sum(payments.document_amount) over (
            partition by payments.invoice_id
            order by
                greatest(payments.payment_date, invoices.invoice_date),
                payments.payment_id
            rows between unbounded preceding and current row
        ) as running_amount,
        {{ days_between('invoices.due_date', 'payments.payment_date') }}
            as days_late,
        payments.payment_date,
        greatest(payments.payment_date, invoices.invoice_date)
            as application_date

    from payments

    inner join invoices
        on payments.invoice_id = invoices.invoice_id

)

select
    payment_id,
    invoice_id,
    client_id,
    kind,
    cast(document_amount as decimal(18, 2)) as document_amount,
    cast(
        round(cast(running_amount as decimal(18, 2)) * exchange_rate, 2)
        - round(
            cast(running_amount - document_amount as decimal(18, 2))
            * exchange_rate,
            2
        ) as decimal(18, 2)
    ) as applied_amount,
    days_late,
    payment_date,
    application_date

from applied
