-- One row per day of the history, segment a client was in at the one before,
-- and segment it is in now: how many clients went that way, and what they owe.

with

history as (

    select * from {{ ref('client_segments_monthly') }}

),

days as (

    select
        as_of_date,
        lag(as_of_date) over (order by as_of_date) as previous_date

    from (select distinct as_of_date from history) as seen

),

playbook as (

    select * from {{ ref('playbook') }}

),

followed as (

    select
        now.as_of_date,
        days.previous_date,
        now.client_id,
        now.outstanding_amount,
        now.segment_code as to_segment_code,
        now.risk_level as to_risk_level,
        coalesce(earlier.segment_code, 'new') as from_segment_code

    from history as now

    inner join days
        on now.as_of_date = days.as_of_date

    left join history as earlier
        on
            now.client_id = earlier.client_id
            and days.previous_date = earlier.as_of_date

    where days.previous_date is not null

),

counted as (

    select
        as_of_date,
        previous_date,
        from_segment_code,
        to_segment_code,
        to_risk_level,
        count(*) as client_count,
        sum(outstanding_amount) as outstanding_amount

    from followed

    group by 1, 2, 3, 4, 5

)

select
    counted.as_of_date as period_end_date,
    counted.from_segment_code,
    counted.to_segment_code,
    cast(counted.outstanding_amount as decimal(18, 2)) as outstanding_amount,
    cast(counted.client_count as int) as client_count,
    cast(counted.client_count as double) / sum(counted.client_count) over (
        partition by counted.as_of_date, counted.from_segment_code
    ) as rate,
    counted.from_segment_code not in ('new', counted.to_segment_code)
        as is_move,
    counted.to_risk_level = 'high'
    and coalesce(playbook.risk_level, 'new') = 'low' as is_to_high_risk,
    counted.previous_date as previous_period_end_date

from counted

left join playbook
    on counted.from_segment_code = playbook.segment_code
