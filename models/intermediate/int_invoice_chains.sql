-- One row per document to which something was applied on several days, and
-- stretch of time in between: all that was applied to it by then, and since
-- when it is settled, or cleared. A state of no length is replaced on its day.

with

documents as (

    select * from {{ ref('int_invoices_applied') }}
    where first_application_date < last_application_date

),

-- the day of issue, and each day with an application
changes as (

    select
        applications.invoice_id,
        applications.application_date as from_date,
        1 as change_order,
        sum(applications.document_amount) as applied_document_amount,
        sum(applications.settling_amount) as settling_amount,
        sum(applications.applied_amount) as applied_amount,
        sum(applications.paid_amount) as paid_amount,
        sum(applications.credited_amount) as credited_amount,
        sum(applications.discount_amount) as discount_amount,
        sum(applications.written_off_amount) as written_off_amount,
        sum(applications.amount_days) as amount_days,
        sum(applications.cash_count) as cash_count

    from {{ ref('int_applications') }} as applications

    inner join documents
        on applications.invoice_id = documents.invoice_id

    group by 1, 2

    union all

    select
        invoice_id,
        invoice_date as from_date,
        0 as change_order,
        0 as applied_document_amount,
        0 as settling_amount,
        0 as applied_amount,
        0 as paid_amount,
        0 as credited_amount,
        0 as discount_amount,
        0 as written_off_amount,
        0 as amount_days,
        0 as cash_count

    from documents

),

accumulated as (

    select
        invoice_id,
        from_date,
        lead(from_date) over (
            partition by invoice_id order by from_date, change_order
        ) as until_date,
        sum(applied_document_amount) over so_far as applied_document_amount,
        sum(settling_amount) over so_far as settling_amount,
        sum(applied_amount) over so_far as applied_amount,
        sum(paid_amount) over so_far as paid_amount,
        sum(credited_amount) over so_far as credited_amount,
        sum(discount_amount) over so_far as discount_amount,
        sum(written_off_amount) over so_far as written_off_amount,
        sum(amount_days) over so_far as amount_days,
        sum(cash_count) over so_far as cash_count

    from changes

    window so_far as (
        partition by invoice_id
        order by from_date, change_order
        rows between unbounded preceding and current row
    )

),

lasting as (

    select
        documents.invoice_id,
        documents.client_id,
        documents.document_type,
        documents.currency_code,
        documents.document_amount,
        documents.invoice_amount,
        documents.tolerance_amount,
        cast(accumulated.applied_document_amount as decimal(18, 2))
            as applied_document_amount,
        cast(accumulated.settling_amount as decimal(18, 2)) as settling_amount,
        cast(accumulated.applied_amount as decimal(18, 2)) as applied_amount,
        cast(accumulated.paid_amount as decimal(18, 2)) as paid_amount,
        cast(accumulated.credited_amount as decimal(18, 2)) as credited_amount,
        cast(accumulated.discount_amount as decimal(18, 2)) as discount_amount,
        cast(accumulated.written_off_amount as decimal(18, 2))
            as written_off_amount,
        cast(accumulated.amount_days as decimal(28, 2)) as amount_days,
        cast(accumulated.cash_count as int) as cash_count,
        documents.is_invoice,
        documents.is_marked_disputed,
        documents.is_due_date_derived,
        documents.invoice_date,
        documents.due_date,
        accumulated.from_date,
        accumulated.until_date

    from accumulated

    inner join documents
        on accumulated.invoice_id = documents.invoice_id

    where
        accumulated.until_date is null
        or accumulated.from_date < accumulated.until_date

),

judged as (

    select
        *,
        {{ is_settled('document_amount - settling_amount') }} as is_settled,
        {{ is_cleared(
            'document_amount - settling_amount',
            'document_amount - applied_document_amount'
        ) }} as is_cleared

    from lasting

),

turned as (

    select
        *,
        case
            when is_settled and lag(is_settled) over by_day is not true
                then from_date
        end as settling_date,
        case
            when is_cleared and lag(is_cleared) over by_day is not true
                then from_date
        end as clearing_date

    from judged

    window by_day as (
        partition by invoice_id order by from_date
    )

),

followed as (

    select
        *,
        case when is_settled then max(settling_date) over so_far end
            as settled_date,
        case when is_cleared then max(clearing_date) over so_far end
            as cleared_date

    from turned

    window so_far as (
        partition by invoice_id
        order by from_date
        rows between unbounded preceding and current row
    )

)

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
    coalesce(until_date, cast('9999-12-31' as date)) as until_date

from followed

-- client by client, as int_invoices_applied
order by 2
