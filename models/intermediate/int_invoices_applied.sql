-- One row per document on record: all that was ever applied to it, and the
-- first and the last day on which something was; few have two such days. Not
-- cut at the as-of date.

with

invoices as (

    select
        *,
        document_type = 'invoice' as is_invoice,
        {{ in_reporting_currency('document_amount', 'exchange_rate') }}
            as invoice_amount,
        least(
            abs(document_amount) * {{ var('settlement_tolerance_share') }},
            {{ var('settlement_tolerance_amount') }}
        ) as tolerance_amount

    from {{ ref('stg_ledger__invoices') }}

),

applied as (

    select * from {{ ref('int_applications_summed') }}

)

select
    invoices.invoice_id,
    invoices.client_id,
    invoices.document_type,
    invoices.currency_code,
    invoices.document_amount,
    invoices.invoice_amount,
    invoices.tolerance_amount,
    coalesce(applied.applied_document_amount, 0) as applied_document_amount,
    coalesce(applied.settling_amount, 0) as settling_amount,
    coalesce(applied.applied_amount, 0) as applied_amount,
    coalesce(applied.paid_amount, 0) as paid_amount,
    coalesce(applied.credited_amount, 0) as credited_amount,
    coalesce(applied.discount_amount, 0) as discount_amount,
    coalesce(applied.written_off_amount, 0) as written_off_amount,
    coalesce(applied.amount_days, 0) as amount_days,
    coalesce(applied.cash_count, 0) as cash_count,
    invoices.is_invoice,
    invoices.is_disputed as is_marked_disputed,
    invoices.is_due_date_derived,
    invoices.invoice_date,
    invoices.due_date,
    applied.first_application_date,
    applied.last_application_date

from invoices

left join applied
    on invoices.invoice_id = applied.invoice_id

-- client by client, for sums by client and day take half the time then
order by 2
