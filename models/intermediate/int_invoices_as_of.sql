-- One row per as-of date and document issued by then, with what was applied to
-- it by then. Later entries are invisible, so a rerun for a past date gives the
-- answer that date would have given.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

applications as (

    select * from {{ ref('int_applications') }}

),

settled as (

    select
        as_of_dates.as_of_date,
        settlements.invoice_id,
        settlements.settled_date

    from {{ ref('int_settlements') }} as settlements

    inner join as_of_dates
        on
            settlements.settled_date <= as_of_dates.as_of_date
            and (settlements.reopened_date <= as_of_dates.as_of_date)
            is not true

),

applied as (

    select
        as_of_dates.as_of_date,
        applications.invoice_id,
        sum(case
            when applications.effect_kind <> 'cash' then 0
            when applications.kind = 'reversal' then -1
            else 1
        end) as cash_count,
        sum(applications.document_amount) as document_amount,
        sum(applications.applied_amount) as applied_amount,
        sum(applications.applied_amount)
        filter (where applications.effect_kind = 'cash') as paid_amount,
        sum(applications.applied_amount)
        filter (where applications.effect_kind in ('credit_note', 'discount'))
            as credited_amount,
        sum(applications.applied_amount)
        filter (where applications.effect_kind = 'discount') as discount_amount,
        sum(applications.applied_amount)
        filter (where applications.effect_kind = 'write_off')
            as written_off_amount

    from applications

    inner join as_of_dates
        on applications.application_date <= as_of_dates.as_of_date

    group by 1, 2

),

issued as (

    select
        as_of_dates.as_of_date,
        invoices.*,
        cast(
            round(invoices.document_amount * invoices.exchange_rate, 2)
            as decimal(18, 2)
        ) as invoice_amount

    from invoices

    inner join as_of_dates
        on invoices.invoice_date <= as_of_dates.as_of_date

)

select
    issued.as_of_date,
    issued.invoice_id,
    issued.client_id,
    issued.document_type,
    issued.currency_code,
    issued.is_disputed as is_marked_disputed,
    issued.is_due_date_derived,
    cast(coalesce(applied.cash_count, 0) as int) as cash_count,
    issued.document_amount,
    cast(
        issued.document_amount - coalesce(applied.document_amount, 0)
        as decimal(18, 2)
    ) as open_document_amount,
    issued.invoice_amount,
    cast(coalesce(applied.paid_amount, 0) as decimal(18, 2)) as paid_amount,
    cast(coalesce(applied.credited_amount, 0) as decimal(18, 2))
        as credited_amount,
    cast(coalesce(applied.discount_amount, 0) as decimal(18, 2))
        as discount_amount,
    cast(coalesce(applied.written_off_amount, 0) as decimal(18, 2))
        as written_off_amount,
    cast(
        issued.invoice_amount - coalesce(applied.applied_amount, 0)
        as decimal(18, 2)
    ) as outstanding_amount,
    issued.invoice_date,
    issued.due_date,
    settled.settled_date

from issued

left join applied
    on
        issued.invoice_id = applied.invoice_id
        and issued.as_of_date = applied.as_of_date

left join settled
    on
        issued.invoice_id = settled.invoice_id
        and issued.as_of_date = settled.as_of_date
