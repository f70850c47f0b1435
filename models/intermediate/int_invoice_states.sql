-- One row per document and stretch of time in which nothing was applied to it:
-- from_date is the first day, until_date the first day after. As of a day, a
-- document is in exactly one state, so that later entries cannot be seen.
--
-- An invoice is settled from the day its open amount came within tolerance
-- until a reversal opens it again. A write-off closes it without settling it.

with

invoices as (

    select
        *,
        document_type = 'invoice' as is_invoice,
        cast(round(document_amount * exchange_rate, 2) as decimal(18, 2))
            as invoice_amount,
        least(
            abs(document_amount) * {{ var('settlement_tolerance_share') }},
            {{ var('settlement_tolerance_amount') }}
        ) as tolerance_amount

    from {{ ref('stg_ledger__invoices') }}

),

applications as (

    select * from {{ ref('int_applications') }}

),

-- the day of issue, and each day with an application
changes as (

    select
        invoice_id,
        application_date as from_date,
        1 as change_order,
        cast(sum(case
            when effect_kind <> 'cash' then 0
            when kind = 'reversal' then -1
            when document_amount > 0 then 1
            else 0
        end) as int) as cash_count,
        sum(document_amount) as document_amount,
        sum(case
            when effect_kind = 'write_off' then 0
            else document_amount
        end) as settling_amount,
        sum(applied_amount) as applied_amount,
        sum(case when effect_kind = 'cash' then applied_amount else 0 end)
            as paid_amount,
        sum(case
            when effect_kind in ('credit_note', 'discount') then applied_amount
            else 0
        end) as credited_amount,
        sum(case when effect_kind = 'discount' then applied_amount else 0 end)
            as discount_amount,
        sum(case when effect_kind = 'write_off' then applied_amount else 0 end)
            as written_off_amount,
        sum(case
            when effect_kind = 'write_off' then 0
            else cast(
                cast(applied_amount as decimal(24, 2)) * days_late
                as decimal(28, 2)
            )
        end) as amount_days

    from applications

    group by 1, 2

    union all

    select
        invoice_id,
        invoice_date as from_date,
        0 as change_order,
        0 as cash_count,
        0 as document_amount,
        0 as settling_amount,
        0 as applied_amount,
        0 as paid_amount,
        0 as credited_amount,
        0 as discount_amount,
        0 as written_off_amount,
        0 as amount_days

    from invoices

),

accumulated as (

    select
        invoice_id,
        from_date,
        lead(from_date) over (
            partition by invoice_id order by from_date, change_order
        ) as until_date,
        sum(cash_count) over so_far as cash_count,
        sum(document_amount) over so_far as document_amount,
        sum(settling_amount) over so_far as settling_amount,
        sum(applied_amount) over so_far as applied_amount,
        sum(paid_amount) over so_far as paid_amount,
        sum(credited_amount) over so_far as credited_amount,
        sum(discount_amount) over so_far as discount_amount,
        sum(written_off_amount) over so_far as written_off_amount,
        sum(amount_days) over so_far as amount_days

    from changes

    window so_far as (
        partition by invoice_id
        order by from_date, change_order
        rows between unbounded preceding and current row
    )

),

-- a state of no length is replaced on the day it begins
lasting as (

    select
        accumulated.*,
        invoices.document_amount - accumulated.document_amount
            as open_document_amount,
        invoices.document_amount - accumulated.settling_amount
            as unsettled_amount,
        invoices.tolerance_amount,
        invoices.is_invoice

    from accumulated

    inner join invoices
        on accumulated.invoice_id = invoices.invoice_id

    where
        accumulated.until_date is null
        or accumulated.from_date < accumulated.until_date

),

-- too much paid on an invoice is not open; of a credit note either side is
judged as (

    select
        *,
        is_invoice and unsettled_amount <= tolerance_amount as is_settled,
        case
            when is_invoice then open_document_amount
            else abs(open_document_amount)
        end > tolerance_amount as has_open_amount,
        abs(open_document_amount) <= tolerance_amount as is_within_tolerance

    from lasting

),

turned as (

    select
        *,
        case
            when
                is_settled
                and not coalesce(lag(is_settled) over (
                    partition by invoice_id order by from_date
                ), false)
                then from_date
        end as turned_date

    from judged

),

dated as (

    select
        *,
        case
            when is_settled
                then max(turned_date) over (
                    partition by invoice_id
                    order by from_date
                    rows between unbounded preceding and current row
                )
        end as settled_date

    from turned

)

select
    invoices.invoice_id,
    invoices.client_id,
    invoices.document_type,
    invoices.currency_code,
    invoices.document_amount,
    cast(dated.open_document_amount as decimal(18, 2)) as open_document_amount,
    invoices.invoice_amount,
    cast(dated.paid_amount as decimal(18, 2)) as paid_amount,
    cast(dated.credited_amount as decimal(18, 2)) as credited_amount,
    cast(dated.discount_amount as decimal(18, 2)) as discount_amount,
    cast(dated.written_off_amount as decimal(18, 2)) as written_off_amount,
    cast(invoices.invoice_amount - dated.applied_amount as decimal(18, 2))
        as outstanding_amount,
    cast(dated.amount_days as decimal(28, 2)) as amount_days,
    cast(dated.cash_count as int) as cash_count,
    dated.is_invoice,
    dated.has_open_amount,
    dated.is_within_tolerance,
    invoices.is_disputed as is_marked_disputed,
    invoices.is_due_date_derived,
    invoices.invoice_date,
    invoices.due_date,
    dated.settled_date,
    dated.from_date,
    coalesce(dated.until_date, cast('9999-12-31' as date)) as until_date

from dated

inner join invoices
    on dated.invoice_id = invoices.invoice_id
