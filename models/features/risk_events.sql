-- One row per invoice and event that changed what is known of it: an entry,
-- or that it is late, or very late, and still open. What was known then holds
-- until the next event.

with

states as (

    select
        states.*,
        as_of_dates.as_of_date,
        states.settled_date is not null as is_settled,
        states.settled_date is null and states.cleared_date is not null
            as is_lost,
        states.cleared_date is null as is_open,
        cast(states.due_date + interval '1' day as date) as late_date,
        cast(
            states.due_date + interval '{{ var("risk_late_days") }}' day as date
        ) as very_late_date

    from {{ ref('int_invoice_states') }} as states

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on states.from_date <= as_of_dates.as_of_date

    where states.is_invoice and states.invoice_amount > 0

),

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
            and states.is_open
            and states.late_date > states.from_date
            and states.late_date < states.until_date
        )
        or (
            causes.cause = 'very_late'
            and states.is_open
            and states.very_late_date > states.from_date
            and states.very_late_date < states.until_date
            and states.very_late_date <> states.late_date
        )

),

observed as (

    select
        *,
        least(
            until_date,
            case
                when is_open and late_date > event_date then late_date
                else until_date
            end,
            case
                when is_open and very_late_date > event_date
                    then very_late_date
                else until_date
            end
        ) as next_date,
        {{ days_between('due_date', 'coalesce(settled_date, event_date)') }}
            as days_late

    from dated

    where event_date <= as_of_date

)

select
    invoice_id,
    client_id,
    event_date,
    next_date,
    invoice_amount,
    is_open,
    is_open and days_late > 0 as is_overdue,
    is_settled or is_lost or days_late > 0 as is_known,
    is_lost or days_late > 0 as is_late,
    is_settled or is_lost or days_late >= {{ var('risk_late_days') }}
        as is_judged,
    is_lost or days_late >= {{ var('risk_late_days') }} as is_very_late,
    is_settled,
    settled_date,
    case when is_settled then least(greatest(days_late, -60), 90) else 0 end
        as late_days

from observed
