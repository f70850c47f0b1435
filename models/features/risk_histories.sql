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

events as (

    select * from {{ ref('risk_events') }}

),

own as (

    select
        moments.moment_id,
        sum(events.open_count) as open_count,
        sum(events.overdue_count) as overdue_count,
        sum(events.known_count) as known_count,
        sum(events.late_count) as late_count,
        sum(events.judged_count) as judged_count,
        sum(events.very_late_count) as very_late_count,
        sum(events.settled_count) as settled_count,
        sum(events.late_days) as late_days,
        sum(case
            when events.event_date >= moments.recent_date
                then events.settled_count
        end) as recent_settled_count,
        sum(case
            when events.event_date >= moments.recent_date
                then events.late_days
        end) as recent_late_days

    from moments

    inner join events
        on
            moments.client_id = events.client_id
            and moments.moment_date > events.event_date

    group by 1

),

days as (

    select
        event_date,
        sum(issued_count) as issued_count,
        sum(invoice_amount) as invoice_amount,
        sum(known_count) as known_count,
        sum(late_count) as late_count,
        sum(judged_count) as judged_count,
        sum(very_late_count) as very_late_count,
        sum(settled_count) as settled_count,
        sum(late_days) as late_days

    from events

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
        on moment_days.moment_date > days.event_date

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
