-- One row per horizon in months, segment (or all) and ageing bucket: what will
-- be open then if amounts go on as they went. The rows of all are the sums of
-- the segments'.

with

chosen as (

    select * from {{ ref('int_forecasts_chosen') }}

),

methods as (

    select * from {{ ref('int_forecast_methods') }}

),

bands as (

    select * from {{ ref('int_forecast_bands') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

leveled as (

    select * from chosen

    union all

    select
        'all' as segment_code,
        horizon_months,
        aging_bucket,
        bucket_rank,
        sum(naive_amount) as naive_amount,
        sum(transitions_amount) as transitions_amount,
        sum(new_billing_amount) as new_billing_amount,
        max(window_count) as window_count,
        sum(forecast_amount) as forecast_amount

    from chosen

    group by 2, 3, 4

),

judged as (

    select
        leveled.*,
        methods.origin_count,
        methods.is_total_naive,
        methods.is_naive,
        bands.low_error,
        bands.high_error,
        sum(leveled.forecast_amount) over of_horizon as forecast_total,
        sum(leveled.naive_amount) over of_horizon as naive_total

    from leveled

    inner join methods
        on
            leveled.horizon_months = methods.horizon_months
            and leveled.aging_bucket = methods.aging_bucket

    left join bands
        on
            methods.horizon = bands.horizon
            and methods.aging_bucket = bands.aging_bucket

    window of_horizon as (
        partition by leveled.segment_code, leveled.horizon_months
    )

),

shared as (

    select
        *,
        cast(forecast_amount as double)
        / nullif(cast(forecast_total as double), 0) as forecast_share,
        cast(naive_amount as double)
        / nullif(cast(naive_total as double), 0) as naive_share

    from judged

),

dated as (

    select
        shared.*,
        as_of_dates.as_of_date,
        case shared.horizon_months
            when 1
                then cast(
                    as_of_dates.as_of_date + interval '1' month as date
                )
            when 2
                then cast(
                    as_of_dates.as_of_date + interval '2' month as date
                )
            else cast(as_of_dates.as_of_date + interval '3' month as date)
        end as same_day_date

    from shared

    cross join as_of_dates

)

select
    as_of_date,
    cast(horizon_months as int) as horizon_months,
    -- from month-end to month-end, else to the same day
    case
        when as_of_date = last_day(as_of_date) then last_day(same_day_date)
        else same_day_date
    end as forecast_date,
    segment_code,
    aging_bucket,
    cast(bucket_rank as int) as bucket_rank,
    cast(forecast_amount as decimal(18, 2)) as forecast_amount,
    -- nothing open is the least that can come
    case
        when low_error is not null and naive_total > 0
            then cast(
                greatest(round(cast(
                    forecast_amount + cast(naive_total as double) * low_error
                    as decimal(28, 6)
                ), 2), 0) as decimal(18, 2)
            )
    end as low_amount,
    case
        when high_error is not null and naive_total > 0
            then cast(
                greatest(round(cast(
                    forecast_amount + cast(naive_total as double) * high_error
                    as decimal(28, 6)
                ), 2), 0) as decimal(18, 2)
            )
    end as high_amount,
    cast(naive_amount as decimal(18, 2)) as naive_amount,
    cast(transitions_amount as decimal(18, 2)) as transitions_amount,
    cast(new_billing_amount as decimal(18, 2)) as new_billing_amount,
    case
        when is_naive or window_count = 0 then 'naive'
        else 'transitions'
    end as method,
    forecast_share,
    naive_share,
    round(100 * (forecast_share - naive_share), 9) as share_shift_points,
    round(
        sum(abs(forecast_share - naive_share)) over (
            partition by segment_code, horizon_months
        ) / 2, 9
    ) as aging_shift,
    cast(origin_count as int) as origin_count,
    nullif(concat_ws(
        ', ',
        case when window_count = 0 then 'no_whole_month' end,
        case when origin_count < 10 then 'fewer_than_10_origins' end,
        case when is_naive then 'no_change_nearer_in_bucket' end,
        case when is_total_naive then 'no_change_nearer_in_total' end,
        case when low_error is null then 'fewer_than_10_errors' end,
        case when naive_total = 0 then 'nothing_open' end,
        case when forecast_total = 0 then 'nothing_forecast' end
    ), '') as reason

from dated
