-- One row per segment, horizon in months and ageing bucket: what stands there
-- by the method in use. Where "no change" is used for the total, the buckets
-- that it is not used for share out what they hold today.

with

forecasts as (

    select forecasts.*

    from {{ ref('int_forecasts') }} as forecasts

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on forecasts.origin_date = as_of_dates.as_of_date

    where forecasts.segment_code <> 'all'

),

methods as (

    select * from {{ ref('int_forecast_methods') }}

),

joined as (

    select
        forecasts.*,
        methods.horizon_months,
        methods.is_total_naive,
        methods.is_naive or forecasts.window_count = 0 as is_naive

    from forecasts

    inner join methods
        on
            forecasts.horizon = methods.horizon
            and forecasts.aging_bucket = methods.aging_bucket

),

totals as (

    select
        *,
        sum(case when is_naive then 0 else naive_amount end) over of_horizon
            as naive_total,
        sum(case when is_naive then 0 else transitions_amount end)
            over of_horizon as transitions_total

    from joined

    window of_horizon as (partition by segment_code, horizon)

),

-- running sums, so that the cents of the shares add up to what is shared out
accumulated as (

    select
        *,
        sum(case when is_naive then 0 else transitions_amount end) over (
            partition by segment_code, horizon
            order by bucket_rank
            rows between unbounded preceding and current row
        ) as running_amount

    from totals

),

shared as (

    select
        *,
        case
            when transitions_total > 0
                then {{ share_of(
                    'naive_total', 'running_amount', 'transitions_total'
                ) }}
        end as running_share

    from accumulated

)

select
    segment_code,
    horizon_months,
    aging_bucket,
    bucket_rank,
    naive_amount,
    transitions_amount,
    new_billing_amount,
    window_count,
    cast(case
        when is_naive then naive_amount
        when not is_total_naive then drawn_amount
        when transitions_total > 0
            then
                running_share - coalesce(lag(running_share) over (
                    partition by segment_code, horizon_months
                    order by bucket_rank
                ), 0)
        else naive_amount
    end as decimal(18, 2)) as forecast_amount

from shared
