-- One row per accepted invoice or credit note on record. Credit notes are
-- negative.

with

invoices as (

    select * from {{ ref('base_ledger__invoices') }}
    where broken_rules is null and {{ is_on_record('recorded_at') }}

)

select
    ledger_file,
    ledger_row_number,
    invoice_id,
    client_id,
    document_type,
    currency_code,
    case
        when document_type = 'credit_note' then -abs(amount) else amount
    end as document_amount,
    cast(exchange_rate as decimal(19, 8)) as exchange_rate,
    case
        when document_type = 'credit_note' then -abs(paid_amount)
        else paid_amount
    end as paid_amount,
    is_disputed,
    is_due_date_derived,
    invoice_date,
    due_date,
    payment_date,
    recorded_at

from invoices
