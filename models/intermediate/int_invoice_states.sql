-- One row per document and stretch of time in which nothing was applied to it:
-- from_date is the first day, until_date the first day after. As of a day, a
-- document is in exactly one state, so that later entries cannot be seen.
--
-- An invoice is settled from the day its open amount came within tolerance
-- until a reversal opens it again. A write-off clears it without settling it.

{{ config(materialized='table' if target.type == 'spark' else 'view') }}

with

-- as issued, as first applied to, and those with more than one such day
states as (

    select
        invoice_id,
        client_id,
        document_type,
        currency_code,
        document_amount,
        invoice_amount,
        tolerance_amount,
        0 as applied_document_amount,
        0 as settling_amount,
        0 as applied_amount,
        0 as paid_amount,
        0 as credited_amount,
        0 as discount_amount,
        0 as written_off_amount,
        0 as amount_days,
        0 as cash_count,
        is_invoice,
        is_marked_disputed,
        is_due_date_derived,
        invoice_date,
        due_date,
        case when {{ is_settled('document_amount') }} then invoice_date end
            as settled_date,
        case
            when {{ is_cleared('document_amount', 'document_amount') }}
                then invoice_date
        end as cleared_date,
        invoice_date as from_date,
        coalesce(first_application_date, cast('9999-12-31' as date))
            as until_date

    from {{ ref('int_invoices_applied') }}

    where
        (first_application_date < last_application_date) is not true
        and (first_application_date <= invoice_date) is not true

    union all

    select
        invoice_id,
        client_id,
        document_type,
        currency_code,
        document_amount,
        invoice_amount,
        tolerance_amount,
        applied_document_amount,
        settling_amount,
        applied_amount,
        paid_amount,
        credited_amount,
        discount_amount,
        written_off_amount,
        amount_days,
        cash_count,
        is_invoice,
        is_marked_disputed,
        is_due_date_derived,
        invoice_date,
        due_date,
        case
            when not {{ is_settled('document_amount - settling_amount') }}
                then null
            when {{ is_settled('document_amount') }} then invoice_date
            else first_application_date
        end as settled_date,
        case
            when
                not {{ is_cleared(
                    'document_amount - settling_amount',
                    'document_amount - applied_document_amount'
                ) }}
                then null
            when {{ is_cleared('document_amount', 'document_amount') }}
                then invoice_date
            else first_application_date
        end as cleared_date,
        first_application_date as from_date,
        cast('9999-12-31' as date) as until_date

    from {{ ref('int_invoices_applied') }}

    where first_application_date = last_application_date

    union all

    select
        invoice_id,
        client_id,
        document_type,
        currency_code,
        document_amount,
        invoice_amount,
        tolerance_amount,
        applied_document_amount,
        settling_amount,
        applied_amount,
        paid_amount,
        credited_amount,
        discount_amount,
        written_off_amount,
        amount_days,
        cash_count,
        is_invoice,
        is_marked_disputed,
        is_due_date_derived,
        invoice_date,
        due_date,
        settled_date,
        cleared_date,
        from_date,
        until_date

    from {{ ref('int_invoice_chains') }}

),

opened as (

    select
        *,
        document_amount - applied_document_amount as open_document_amount

    from states

)

-- too much paid on an invoice is not open; of a credit note either side is
select
    invoice_id,
    client_id,
    document_type,
    currency_code,
    document_amount,
    cast(open_document_amount as decimal(18, 2)) as open_document_amount,
    invoice_amount,
    paid_amount,
    credited_amount,
    discount_amount,
    written_off_amount,
    cast(invoice_amount - applied_amount as decimal(18, 2))
        as outstanding_amount,
    amount_days,
    cash_count,
    is_invoice,
    {{ has_open_amount('open_document_amount') }} as has_open_amount,
    abs(open_document_amount) <= tolerance_amount as is_within_tolerance,
    is_marked_disputed,
    is_due_date_derived,
    invoice_date,
    due_date,
    settled_date,
    cleared_date,
    from_date,
    until_date

from opened
