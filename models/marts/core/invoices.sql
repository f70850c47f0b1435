-- One row per invoice or credit note issued by the as-of date, as it stood
-- that day. Amounts are in the reporting currency; credit notes are negative.

with

invoices as (

    select * from {{ ref('int_invoices_judged') }}
    where is_current = true

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

disputed as (

    select distinct disputes.invoice_id

    from {{ ref('stg_ledger__disputes') }} as disputes

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on
            disputes.opened_date <= as_of_dates.as_of_date
            and (disputes.closed_date > as_of_dates.as_of_date) is not false

)

select
    invoices.invoice_id,
    invoices.client_id,
    invoices.document_type,
    invoices.currency_code,
    invoices.aging_bucket,
    invoices.document_amount,
    invoices.open_document_amount,
    invoices.invoice_amount,
    invoices.paid_amount,
    invoices.credited_amount,
    invoices.discount_amount,
    invoices.written_off_amount,
    invoices.outstanding_amount,
    invoices.days_late,
    invoices.days_past_due,
    invoices.is_open,
    invoices.is_within_tolerance,
    invoices.is_late_known,
    invoices.is_late,
    invoices.is_partially_paid,
    case
        when coverage.has_disputes then disputed.invoice_id is not null
        else invoices.is_marked_disputed
    end as is_disputed,
    invoices.is_due_date_derived,
    invoices.invoice_date,
    invoices.due_date,
    invoices.settled_date,
    invoices.as_of_date

from invoices

cross join coverage

left join disputed
    on invoices.invoice_id = disputed.invoice_id
