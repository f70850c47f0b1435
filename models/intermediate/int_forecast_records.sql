-- One row per horizon in months and measure (ageing bucket or total): how the
-- forecast and "no change" have done over all past origins, and how far what
-- came was from either, as a share of it.

with

backtest as (

    select
        *,
        cast(actual_amount - forecast_amount as double)
        / nullif(cast(forecast_amount as double), 0) as relative_error,
        cast(actual_amount - naive_amount as double)
        / nullif(cast(naive_amount as double), 0) as naive_relative_error

    from {{ ref('forecast_backtest') }}

    where horizon <> '4_weeks'

)

select
    horizon,
    measure,
    cast(count(*) as int) as origin_count,
    cast(count(relative_error) as int) as error_count,
    cast(count(naive_relative_error) as int) as naive_error_count,
    sum(abs(naive_error_amount)) < sum(abs(error_amount)) as is_naive_nearer,
    percentile_cont(0.1) within group (order by relative_error)
        as low_error,
    percentile_cont(0.9) within group (order by relative_error)
        as high_error,
    percentile_cont(0.1) within group (order by naive_relative_error)
        as naive_low_error,
    percentile_cont(0.9) within group (order by naive_relative_error)
        as naive_high_error

from backtest

group by 1, 2
