-- One row per moment of risk_moments: what was known of the client's invoices
-- (ever, and settled in the last 90 days) and of all invoices before that day.

{{ config(materialized='table') }}

with

moments as (

    select
        *,
        cast(moment_date - interval '90' day as date) as recent_date

    from {{ ref('risk_moments') }}

),

own as (

    select
        moments.moment_id,
        count(*) filter (where events.is_open) as open_count,
        count(*) filter (where events.is_overdue) as overdue_count,
        count(*) filter (where events.is_known) as known_count,
        count(*) filter (where events.is_late) as late_count,
        count(*) filter (where events.is_judged) as judged_count,
        count(*) filter (where events.is_very_late) as very_late_count,
        count(*) filter (where events.is_settled) as settled_count,
        sum(events.late_days) as late_days,
        count(*) filter (
            where
            events.is_settled and events.settled_date >= moments.recent_date
        ) as recent_settled_count,
        sum(case
            when
                events.is_settled
                and events.settled_date >= moments.recent_date
                then events.late_days
        end) as recent_late_days

    from moments

    inner join {{ ref('risk_events') }} as events
        on
            moments.client_id = events.client_id
            and moments.moment_date > events.event_date
            and moments.moment_date <= events.next_date

    group by 1

),

ends as (

    select 1 as sign

    union all

    select -1 as sign

),

-- what is known from a day on, and no longer from the next event on
changes as (

    select
        events.*,
        ends.sign,
        case when ends.sign = 1 then events.event_date else events.next_date end
            as change_date

    from {{ ref('risk_events') }} as events

    cross join ends

),

days as (

    select
        change_date,
        sum(sign) as issued_count,
        sum(sign * invoice_amount) as invoice_amount,
        sum(case when is_known then sign else 0 end) as known_count,
        sum(case when is_late then sign else 0 end) as late_count,
        sum(case when is_judged then sign else 0 end) as judged_count,
        sum(case when is_very_late then sign else 0 end) as very_late_count,
        sum(case when is_settled then sign else 0 end) as settled_count,
        sum(sign * late_days) as late_days

    from changes

    group by 1

),

moment_days as (

    select distinct moment_date
    from moments

),

market as (

    select
        moment_days.moment_date,
        sum(days.issued_count) as issued_count,
        sum(days.invoice_amount) as invoice_amount,
        sum(days.known_count) as known_count,
        sum(days.late_count) as late_count,
        sum(days.judged_count) as judged_count,
        sum(days.very_late_count) as very_late_count,
        sum(days.settled_count) as settled_count,
        sum(days.late_days) as late_days

    from moment_days

    inner join days
        on moment_days.moment_date > days.change_date

    group by 1

)

select
    moments.moment_id,
    moments.client_id,
    moments.moment_date,
    moments.split,
    moments.is_very_late,
    moments.terms_days,
    moments.invoice_amount,
    coalesce(own.very_late_count, 0) as own_very_late_count,
    coalesce(own.judged_count, 0) as own_judged_count,
    coalesce(own.late_count, 0) as own_late_count,
    coalesce(own.known_count, 0) as own_known_count,
    coalesce(own.late_days, 0) as own_late_days,
    coalesce(own.settled_count, 0) as own_settled_count,
    coalesce(own.overdue_count, 0) as own_overdue_count,
    coalesce(own.open_count, 0) as own_open_count,
    coalesce(market.very_late_count, 0) as all_very_late_count,
    coalesce(market.judged_count, 0) as all_judged_count,
    coalesce(market.late_count, 0) as all_late_count,
    coalesce(market.known_count, 0) as all_known_count,
    coalesce(market.late_days, 0) as all_late_days,
    coalesce(market.settled_count, 0) as all_settled_count,
    coalesce(market.invoice_amount, 0) as all_invoice_amount,
    coalesce(market.issued_count, 0) as all_issued_count,
    coalesce(own.recent_settled_count, 0) as own_recent_settled_count,
    coalesce(own.recent_late_days, 0) as own_recent_late_days

from moments

left join own
    on moments.moment_id = own.moment_id

left join market
    on moments.moment_date = market.moment_date
