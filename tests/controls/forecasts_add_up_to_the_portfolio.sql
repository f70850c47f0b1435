-- Fails where the forecast of all is not, bucket by bucket, the sum of the
-- segments'; where "no change" is not what segment_aging has today; and where
-- the buckets of a backtest do not add up to its total.

with

forecast as (

    select
        horizon_months,
        aging_bucket,
        sum(case when segment_code = 'all' then forecast_amount else 0 end)
            as all_amount,
        sum(case when segment_code <> 'all' then forecast_amount else 0 end)
            as segments_amount,
        sum(case when segment_code = 'all' then naive_amount else 0 end)
            as all_naive_amount

    from {{ ref('aging_forecast') }}

    group by 1, 2

),

aging as (

    select
        aging_bucket,
        sum(open_invoice_amount) as open_amount

    from {{ ref('segment_aging') }}

    group by 1

),

backtest as (

    select
        horizon,
        origin_date,
        sum(case when measure = 'total' then -1 else 1 end * actual_amount)
            as actual_amount,
        sum(case when measure = 'total' then -1 else 1 end * forecast_amount)
            as forecast_amount,
        sum(case when measure = 'total' then -1 else 1 end * naive_amount)
            as naive_amount

    from {{ ref('forecast_backtest') }}

    group by 1, 2

)

select
    'all and segments' as rule_name,
    cast(horizon_months as string) as horizon,
    aging_bucket,
    all_amount - segments_amount as difference

from forecast

where all_amount <> segments_amount

union all

select
    'no change and segment_aging' as rule_name,
    cast(forecast.horizon_months as string) as horizon,
    forecast.aging_bucket,
    forecast.all_naive_amount - aging.open_amount as difference

from forecast

inner join aging
    on forecast.aging_bucket = aging.aging_bucket

where forecast.all_naive_amount <> aging.open_amount

union all

select
    'total and buckets' as rule_name,
    horizon,
    'total' as aging_bucket,
    abs(actual_amount) + abs(forecast_amount) + abs(naive_amount) as difference

from backtest

where actual_amount <> 0 or forecast_amount <> 0 or naive_amount <> 0
