-- One row per client and day on which something about its invoices changed:
-- what is known at the end of that day, less what was known before. Added up
-- over all days before a moment, they say what was known then.

{{ config(materialized='table') }}

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

states as (

    select
        states.*,
        as_of_dates.as_of_date,
        cast(states.due_date + interval '1' day as date) as late_date,
        cast(
            states.due_date + interval '{{ var("risk_late_days") }}' day as date
        ) as very_late_date

    from {{ ref('int_invoice_states') }} as states

    inner join as_of_dates
        on states.from_date <= as_of_dates.as_of_date

    where states.is_invoice and states.invoice_amount > 0

),

-- what is known changes with an entry, and by waiting
causes as (

    select 'entry' as cause

    union all

    select 'late' as cause

    union all

    select 'very_late' as cause

),

dated as (

    select
        states.*,
        case causes.cause
            when 'entry' then states.from_date
            when 'late' then states.late_date
            else states.very_late_date
        end as event_date

    from states

    cross join causes

    where
        causes.cause = 'entry'
        or (
            causes.cause = 'late'
            and states.late_date > states.from_date
            and states.late_date < states.until_date
        )
        or (
            causes.cause = 'very_late'
            and states.very_late_date > states.from_date
            and states.very_late_date < states.until_date
            and states.very_late_date <> states.late_date
        )

),

-- known from event_date until the next event of the same invoice
observed as (

    select
        *,
        least(
            until_date,
            case when late_date > event_date then late_date else until_date end,
            case
                when very_late_date > event_date then very_late_date
                else until_date
            end
        ) as next_date,
        settled_date is not null as is_settled,
        settled_date is null and not has_open_amount as is_lost,
        settled_date is null and has_open_amount as is_open,
        {{ days_between('due_date', 'coalesce(settled_date, event_date)') }}
            as days_late

    from dated

    where event_date <= as_of_date

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

ends as (

    select 1 as sign

    union all

    select -1 as sign

),

changed as (

    select
        judged.client_id,
        case when ends.sign = 1 then judged.event_date else judged.next_date end
            as event_date,
        ends.sign as issued_count,
        ends.sign * judged.invoice_amount as invoice_amount,
        case when judged.is_open then ends.sign else 0 end as open_count,
        case when judged.is_overdue then ends.sign else 0 end as overdue_count,
        case when judged.is_settled or judged.is_late then ends.sign else 0 end
            as known_count,
        case when judged.is_late then ends.sign else 0 end as late_count,
        case
            when judged.is_settled or judged.is_very_late then ends.sign
            else 0
        end as judged_count,
        case when judged.is_very_late then ends.sign else 0 end
            as very_late_count,
        case when judged.is_settled then ends.sign else 0 end as settled_count,
        case
            when judged.is_settled then ends.sign * judged.held_days_late
            else 0
        end as late_days

    from judged

    cross join ends

    where ends.sign = 1 or judged.next_date <= judged.as_of_date

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
