-- One row per feature date and client with a limit: the slope of its credit
-- utilisation over the last six month-ends, in percentage points a month.
-- Fewer than three month-ends under a limit give no slope.

{{ config(materialized='table') }}

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

exposures as (

    select * from {{ ref('int_credit_monthly') }}

),

-- months counted from the first of the six, so that sums stay small and exact
numbered as (

    select
        dates.as_of_date,
        dates.is_current,
        exposures.client_id,
        exposures.credit_utilization,
        exposures.month_number - cast(
            extract(year from dates.as_of_date) * 12
            + extract(month from dates.as_of_date) - 6 as int
        ) as month_number

    from exposures

    inner join dates
        on
            exposures.month_end_date <= dates.as_of_date
            and exposures.month_end_date > last_day(cast(
                dates.as_of_date + interval '1' day - interval '7' month
                as date
            ))

    where exposures.credit_utilization is not null

),

-- narrow enough that neither engine rounds a product or a difference
summed as (

    select
        as_of_date,
        is_current,
        client_id,
        cast(count(*) as decimal(9, 0)) as month_count,
        cast(sum(month_number) as decimal(9, 0)) as sum_x,
        cast(sum(month_number * month_number) as decimal(9, 0)) as sum_xx,
        cast(sum(credit_utilization) as decimal(27, 12)) as sum_y,
        cast(
            sum(cast(month_number * credit_utilization as decimal(27, 12)))
            as decimal(27, 12)
        ) as sum_xy

    from numbered

    group by 1, 2, 3

)

select
    as_of_date,
    is_current,
    client_id,
    100 * cast(month_count * sum_xy - sum_x * sum_y as double)
    / nullif(cast(month_count * sum_xx - sum_x * sum_x as double), 0)
        as credit_utilization_velocity

from summed

where month_count >= 3
