-- One row per client and day on which something about its invoices changed:
-- what is known at the end of that day, less what was known before. Added up
-- over all days before a moment, they say what was known then.

{{ config(materialized='table') }}

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

states as (

    select states.*

    from {{ ref('int_invoice_states') }} as states

    inner join as_of_dates
        on states.from_date <= as_of_dates.as_of_date

    where states.is_invoice and states.invoice_amount > 0

),

-- what is known changes with an entry, and by waiting
days as (

    select
        invoice_id,
        from_date as event_date

    from states

    union

    select
        invoice_id,
        cast(due_date + interval '1' day as date) as event_date

    from states

    union

    select
        invoice_id,
        cast(
            due_date + interval '{{ var("risk_late_days") }}' day as date
        ) as event_date

    from states

),

observed as (

    select
        states.*,
        days.event_date,
        states.settled_date is not null as is_settled,
        states.settled_date is null and not states.has_open_amount as is_lost,
        states.settled_date is null and states.has_open_amount as is_open,
        {{ days_between(
            'states.due_date',
            'coalesce(states.settled_date, days.event_date)'
        ) }} as days_late

    from days

    inner join states
        on
            days.invoice_id = states.invoice_id
            and days.event_date >= states.from_date
            and days.event_date < states.until_date

    inner join as_of_dates
        on days.event_date <= as_of_dates.as_of_date

),

judged as (

    select
        *,
        is_open and days_late > 0 as is_overdue,
        is_lost or days_late > 0 as is_late,
        is_lost or days_late >= {{ var('risk_late_days') }} as is_very_late,
        least(greatest(days_late, -60), 90) as held_days_late

    from observed

),

counted as (

    select
        invoice_id,
        client_id,
        event_date,
        invoice_amount,
        {{ days_between('invoice_date', 'due_date') }} as terms_days,
        1 as issued_count,
        case when is_open then 1 else 0 end as open_count,
        case when is_overdue then 1 else 0 end as overdue_count,
        case when is_settled or is_late then 1 else 0 end as known_count,
        case when is_late then 1 else 0 end as late_count,
        case when is_settled or is_very_late then 1 else 0 end as judged_count,
        case when is_very_late then 1 else 0 end as very_late_count,
        case when is_settled then 1 else 0 end as settled_count,
        case when is_settled then held_days_late else 0 end as late_days

    from judged

),

changed as (

    select
        client_id,
        event_date,
        issued_count - lag(issued_count, 1, 0) over earlier as issued_count,
        invoice_amount - lag(invoice_amount, 1, 0) over earlier
            as invoice_amount,
        open_count - lag(open_count, 1, 0) over earlier as open_count,
        overdue_count - lag(overdue_count, 1, 0) over earlier as overdue_count,
        known_count - lag(known_count, 1, 0) over earlier as known_count,
        late_count - lag(late_count, 1, 0) over earlier as late_count,
        judged_count - lag(judged_count, 1, 0) over earlier as judged_count,
        very_late_count - lag(very_late_count, 1, 0) over earlier
            as very_late_count,
        settled_count - lag(settled_count, 1, 0) over earlier as settled_count,
        late_days - lag(late_days, 1, 0) over earlier as late_days

    from counted

    window earlier as (partition by invoice_id order by event_date)

)

select
    client_id,
    event_date,
    sum(issued_count) as issued_count,
    sum(invoice_amount) as invoice_amount,
    sum(open_count) as open_count,
    sum(overdue_count) as overdue_count,
    sum(known_count) as known_count,
    sum(late_count) as late_count,
    sum(judged_count) as judged_count,
    sum(very_late_count) as very_late_count,
    sum(settled_count) as settled_count,
    sum(late_days) as late_days

from changed

group by 1, 2
