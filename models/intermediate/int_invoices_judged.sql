-- One row per feature date and document issued by then: whether it is open,
-- how late it is, and what that says. An open invoice past due is late
-- already; an open invoice not yet due says nothing; a written-off one is a
-- loss.

{{ config(materialized='view') }}

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

states as (

    select * from {{ ref('int_invoice_states') }}

),

buckets as (

    select
        aging_bucket,
        {{ every_number('min_days', 'max_days') }} as day_count

    from {{ ref('aging_buckets') }}

),

opened as (

    select
        states.*,
        dates.as_of_date,
        dates.is_current,
        {{ days_between('states.due_date', 'states.settled_date') }}
            as settled_days,
        {{ days_between('states.due_date', 'dates.as_of_date') }}
            as elapsed_days

    from states

    inner join dates
        on
            states.from_date <= dates.as_of_date
            and states.until_date > dates.as_of_date

),

timed as (

    select
        *,
        has_open_amount and (settled_date is null or not is_invoice) as is_open,
        case when is_invoice then settled_days end as days_late,
        case
            when has_open_amount and is_invoice and settled_date is null
                then elapsed_days
        end as days_past_due

    from opened

)

select
    timed.as_of_date,
    timed.is_current,
    timed.invoice_id,
    timed.client_id,
    timed.document_type,
    timed.currency_code,
    buckets.aging_bucket,
    timed.document_amount,
    timed.open_document_amount,
    timed.invoice_amount,
    timed.paid_amount,
    timed.credited_amount,
    timed.discount_amount,
    timed.written_off_amount,
    timed.outstanding_amount,
    timed.amount_days,
    timed.cash_count,
    timed.days_late,
    timed.days_past_due,
    case
        when timed.days_late is not null then timed.days_late
        when timed.days_past_due > 0 then timed.days_past_due
    end as known_days_late,
    timed.is_invoice,
    timed.is_open,
    timed.is_within_tolerance,
    timed.is_marked_disputed,
    timed.is_due_date_derived,
    timed.days_late is not null
    or coalesce(timed.days_past_due > 0, false) as is_late_known,
    case
        when timed.days_late is not null then timed.days_late > 0
        when timed.days_past_due > 0 then true
    end as is_late,
    timed.is_invoice
    and (
        timed.cash_count > 1
        or (timed.settled_date is null and timed.paid_amount > 0)
    ) as is_partially_paid,
    timed.invoice_date,
    timed.due_date,
    timed.settled_date

from timed

left join buckets
    on coalesce(timed.days_late, timed.days_past_due) = buckets.day_count
