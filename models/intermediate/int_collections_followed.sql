-- One row per client and period from its first movement on: the segment it was
-- in when the period began, what it owed then, what was sold, collected and
-- lost, and what it owed at the end. A client new in the period is in its
-- segment at the end; where the history does not say, in that of now.

with

months as (

    select
        level_key as client_id,
        period_end_date,
        is_partial,
        sales_amount,
        receivables_amount,
        lag(period_end_date) over by_month as opening_date,
        coalesce(lag(receivables_amount) over by_month, 0) as opening_amount,
        sum(sales_amount) over last_3_months as sales_3_months_amount

    from {{ ref('int_levels_monthly') }}

    where level = 'client'

    window
        by_month as (partition by level_key order by period_end_date),
        last_3_months as (
            partition by level_key
            order by period_end_date
            rows between 2 preceding and current row
        )

),

applied as (

    select
        applications.client_id,
        least(
            last_day(applications.application_date), as_of_dates.as_of_date
        ) as period_end_date,
        sum(case
            when applications.effect_kind = 'cash'
                then applications.applied_amount
            else 0
        end) as collected_amount,
        sum(case
            when applications.effect_kind = 'discount'
                then applications.applied_amount
            else 0
        end) as discount_amount,
        sum(case
            when applications.effect_kind = 'write_off'
                then applications.applied_amount
            else 0
        end) as written_off_amount

    from {{ ref('int_applications') }} as applications

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on applications.application_date <= as_of_dates.as_of_date

    group by 1, 2

),

reminders as (

    select
        reminders.client_id,
        least(last_day(reminders.judged_date), as_of_dates.as_of_date)
            as period_end_date,
        count(*) as reminder_count,
        count(*) filter (where reminders.is_answered) as answered_count

    from {{ ref('int_reminders_judged') }} as reminders

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on reminders.judged_date <= as_of_dates.as_of_date

    group by 1, 2

),

promises as (

    select
        promises.client_id,
        least(last_day(promises.judged_date), as_of_dates.as_of_date)
            as period_end_date,
        count(*) as promise_count,
        count(*) filter (where promises.is_kept) as kept_promise_count,
        sum(promises.promised_amount) as promised_amount,
        sum(
            case when promises.is_kept then promises.promised_amount else 0 end
        ) as kept_amount

    from {{ ref('int_promises_judged') }} as promises

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on promises.judged_date <= as_of_dates.as_of_date

    group by 1, 2

),

history as (

    select * from {{ ref('client_segments_monthly') }}

),

segments as (

    select * from {{ ref('client_segments') }}

)

select
    months.client_id,
    months.period_end_date,
    coalesce(then_in.segment_code, segments.segment_code) as segment_code,
    cast(months.opening_amount as decimal(18, 2)) as opening_amount,
    months.sales_amount,
    cast(coalesce(applied.collected_amount, 0) as decimal(18, 2))
        as collected_amount,
    cast(coalesce(applied.discount_amount, 0) as decimal(18, 2))
        as discount_amount,
    cast(coalesce(applied.written_off_amount, 0) as decimal(18, 2))
        as written_off_amount,
    months.receivables_amount,
    cast(months.sales_3_months_amount as decimal(18, 2))
        as sales_3_months_amount,
    cast(coalesce(promises.promised_amount, 0) as decimal(18, 2))
        as promised_amount,
    cast(coalesce(promises.kept_amount, 0) as decimal(18, 2)) as kept_amount,
    coalesce(promises.promise_count, 0) as promise_count,
    coalesce(promises.kept_promise_count, 0) as kept_promise_count,
    coalesce(reminders.reminder_count, 0) as reminder_count,
    coalesce(reminders.answered_count, 0) as answered_count,
    then_in.segment_code is not null as is_segment_of_then,
    months.is_partial

from months

inner join segments
    on months.client_id = segments.client_id

left join history as then_in
    on
        months.client_id = then_in.client_id
        and coalesce(months.opening_date, months.period_end_date)
        = then_in.as_of_date

left join applied
    on
        months.client_id = applied.client_id
        and months.period_end_date = applied.period_end_date

left join reminders
    on
        months.client_id = reminders.client_id
        and months.period_end_date = reminders.period_end_date

left join promises
    on
        months.client_id = promises.client_id
        and months.period_end_date = promises.period_end_date
