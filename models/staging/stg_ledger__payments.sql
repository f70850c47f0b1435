-- One row per accepted payment, credit, discount, write-off or reversal on
-- record, with what is needed of the document it is for; one for an invoice not
-- on record is for none. Its sign is its
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

paid_invoices as (

    select invoices.*

    from {{ ref('stg_ledger__invoices') }} as invoices

    cross join {{ ref('stg_ledger__coverage') }} as coverage

    where not coverage.has_payments_table and invoices.payment_date is not null

)

select
    payment_id,
    client_id,
    case when is_applied then invoice_id end as invoice_id,
    invoice_client_id,
    kind,
    currency_code,
    case
        when
            kind = 'reversal'
            and document_type = 'credit_note'
            then abs(amount)
        when kind = 'reversal' then -abs(amount)
        when kind not in ('credit_note', 'discount')
            then amount
        when document_type = 'credit_note' then -abs(amount)
        else abs(amount)
    end as document_amount,
    exchange_rate,
    invoice_exchange_rate,
    payment_date,
    invoice_date,
    due_date,
    recorded_at

from payments

union all

select
    invoice_id as payment_id,
    client_id,
    invoice_id,
    client_id as invoice_client_id,
    'cash' as kind,
    currency_code,
    coalesce(paid_amount, document_amount) as document_amount,
    exchange_rate,
    exchange_rate as invoice_exchange_rate,
    payment_date,
    invoice_date,
    due_date,
    recorded_at

from paid_invoices
