-- One row per as-of date and client with a limit: the slope of its credit
-- utilisation over the last six month-ends, in percentage points a month.
-- Fewer than three month-ends under a limit give no slope.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

limits as (

    select * from {{ ref('stg_ledger__credit_limits') }}

),

changes as (

    select * from {{ ref('int_receivables_monthly') }}

),

days as (

    select
        as_of_date,
        {{ every_day(
            "cast(as_of_date + interval '1' day - interval '6' month as date)",
            'as_of_date'
        ) }} as day_date

    from as_of_dates

),

-- the last six month-ends on or before the as-of date
month_ends as (

    select distinct
        as_of_date,
        last_day(day_date) as month_end_date

    from days

    where last_day(day_date) <= as_of_date

),

limits_in_force as (

    select
        month_ends.as_of_date,
        month_ends.month_end_date,
        limits.client_id,
        max_by(limits.credit_limit_amount, limits.valid_from)
            as credit_limit_amount

    from month_ends

    inner join limits
        on month_ends.month_end_date >= limits.valid_from

    group by 1, 2, 3

),

exposures as (

    select
        limits_in_force.as_of_date,
        limits_in_force.client_id,
        limits_in_force.month_end_date,
        max(limits_in_force.credit_limit_amount) as credit_limit_amount,
        coalesce(sum(changes.change_amount), 0) as exposure_amount

    from limits_in_force

    left join changes
        on
            limits_in_force.client_id = changes.client_id
            and limits_in_force.month_end_date >= changes.month_end_date

    group by 1, 2, 3

),

utilized as (

    select
        as_of_date,
        client_id,
        cast(
            cast(exposure_amount as double)
            / nullif(cast(credit_limit_amount as double), 0)
            as decimal(24, 12)
        ) as utilization,
        cast(
            extract(year from month_end_date) * 12
            + extract(month from month_end_date) as int
        ) as month_number

    from exposures

),

-- months counted from the first, so that the sums below stay small and exact
numbered as (

    select
        as_of_date,
        client_id,
        utilization,
        month_number - min(month_number) over (
            partition by as_of_date, client_id
        ) as month_number

    from utilized

    where utilization is not null

),

-- narrow enough that neither engine rounds a product or a difference
summed as (

    select
        as_of_date,
        client_id,
        cast(count(*) as decimal(9, 0)) as month_count,
        cast(sum(month_number) as decimal(9, 0)) as sum_x,
        cast(sum(month_number * month_number) as decimal(9, 0)) as sum_xx,
        cast(sum(utilization) as decimal(24, 12)) as sum_y,
        cast(
            sum(cast(month_number * utilization as decimal(24, 12)))
            as decimal(24, 12)
        ) as sum_xy

    from numbered

    group by 1, 2

)

select
    as_of_date,
    client_id,
    100 * cast(month_count * sum_xy - sum_x * sum_y as double)
    / nullif(cast(month_count * sum_xx - sum_x * sum_x as double), 0)
        as credit_utilization_velocity

from summed

where month_count >= 3
