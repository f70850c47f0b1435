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

    select
        invoice_id,
        sum(document_amount) as applied_document_amount,
        sum(settling_amount) as settling_amount,
        sum(applied_amount) as applied_amount,
        sum(paid_amount) as paid_amount,
        sum(credited_amount) as credited_amount,
        sum(discount_amount) as discount_amount,
        sum(written_off_amount) as written_off_amount,
        sum(amount_days) as amount_days,
        sum(cash_count) as cash_count,
        min(application_date) as first_application_date,
        max(application_date) as last_application_date

    from {{ ref('int_applications') }}

    group by 1

)

select
    invoices.invoice_id,
    invoices.client_id,
    invoices.document_type,
    invoices.currency_code,
    invoices.document_amount,
    invoices.invoice_amount,
    invoices.tolerance_amount,
    cast(coalesce(applied.applied_document_amount, 0) as decimal(18, 2))
        as applied_document_amount,
    cast(coalesce(applied.settling_amount, 0) as decimal(18, 2))
        as settling_amount,
    cast(coalesce(applied.applied_amount, 0) as decimal(18, 2))
        as applied_amount,
    cast(coalesce(applied.paid_amount, 0) as decimal(18, 2)) as paid_amount,
    cast(coalesce(applied.credited_amount, 0) as decimal(18, 2))
        as credited_amount,
    cast(coalesce(applied.discount_amount, 0) as decimal(18, 2))
        as discount_amount,
    cast(coalesce(applied.written_off_amount, 0) as decimal(18, 2))
        as written_off_amount,
    cast(coalesce(applied.amount_days, 0) as decimal(28, 2)) as amount_days,
    cast(coalesce(applied.cash_count, 0) as int) as cash_count,
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
