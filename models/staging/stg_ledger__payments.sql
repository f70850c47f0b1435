-- One row per accepted payment, credit, discount, write-off or reversal on
-- record; one for an invoice not on record is unapplied. Its sign is its
-- effect: positive reduces the receivable, so reversals are negative (of an
-- entry of a credit note, positive), and a credit note or discount reduces the
-- document it is for, whatever sign the ledger writes. A flat export has its
-- payments on its invoices: they become rows here when the ledger has no
-- payments table.

with

payments as (

    select * from {{ ref('base_ledger__payments') }}
    where broken_rules is null and {{ is_on_record('recorded_at') }}

),

documents as (

    select
        invoice_id,
        document_type

    from {{ ref('stg_ledger__invoices') }}

),

paid_invoices as (

    select invoices.*

    from {{ ref('stg_ledger__invoices') }} as invoices

    cross join {{ ref('stg_ledger__coverage') }} as coverage

    where not coverage.has_payments_table and invoices.payment_date is not null

)

select
    payments.payment_id,
    payments.client_id,
    documents.invoice_id,
    payments.kind,
    payments.currency_code,
    case
        when
            payments.kind = 'reversal'
            and documents.document_type = 'credit_note'
            then abs(payments.amount)
        when payments.kind = 'reversal' then -abs(payments.amount)
        when payments.kind not in ('credit_note', 'discount')
            then payments.amount
        when documents.document_type = 'credit_note' then -abs(payments.amount)
        else abs(payments.amount)
    end as document_amount,
    payments.exchange_rate,
    payments.payment_date,
    payments.recorded_at

from payments

left join documents
    on payments.invoice_id = documents.invoice_id

union all

select
    invoice_id as payment_id,
    client_id,
    invoice_id,
    'cash' as kind,
    currency_code,
    coalesce(paid_amount, document_amount) as document_amount,
    exchange_rate,
    payment_date,
    recorded_at

from paid_invoices
