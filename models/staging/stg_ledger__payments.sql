-- One row per accepted payment, credit, discount, write-off or reversal. Its
-- sign is its effect: positive reduces the receivable, so reversals are
-- negative. A flat export has its payments on its invoices: they become rows
-- here when the ledger has no payments table.

with

payments as (

    select * from {{ ref('base_ledger__payments') }}
    where broken_rules is null

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
    invoice_id,
    kind,
    currency_code,
    case
        when kind = 'reversal' then -abs(amount) else amount
    end as document_amount,
    exchange_rate,
    payment_date,
    recorded_at

from payments

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
