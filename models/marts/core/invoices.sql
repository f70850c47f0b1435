-- One row per invoice or credit note issued by the as-of date, as it stood
-- that day. Amounts are in the reporting currency; credit notes are negative.

with

invoices as (

    select * from {{ ref('int_invoices_judged') }}
    where is_current = true

)

select
    invoice_id,
    client_id,
    document_type,
    currency_code,
    aging_bucket,
    document_amount,
    open_document_amount,
    invoice_amount,
    paid_amount,
    credited_amount,
    discount_amount,
    written_off_amount,
    outstanding_amount,
    days_late,
    days_past_due,
    is_open,
    is_within_tolerance,
    is_late_known,
    is_late,
    is_partially_paid,
    is_disputed,
    is_due_date_derived,
    invoice_date,
    due_date,
    settled_date,
    as_of_date

from invoices
