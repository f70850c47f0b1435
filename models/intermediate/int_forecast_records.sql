-- One row per horizon in months and measure (ageing bucket or total): how the
-- forecast and "no change" have done over all past origins, and how far what
-- came was from either, as a share of all that was open at the origin.

with

backtest as (

    select
        *,
        max(case when measure = 'total' then naive_amount end) over (
            partition by horizon, origin_date
        ) as book_amount

    from {{ ref('forecast_backtest') }}

    where horizon <> '4_weeks'

),

shared as (

    select
        *,
        cast(actual_amount - forecast_amount as double)
        / nullif(cast(book_amount as double), 0) as error_share,
        cast(actual_amount - naive_amount as double)
        / nullif(cast(book_amount as double), 0) as naive_error_share

    from backtest

)

select
    horizon,
    measure,
    cast(count(*) as int) as origin_count,
    cast(count(error_share) as int) as error_count,
    sum(abs(naive_error_amount)) < sum(abs(error_amount)) as is_naive_nearer,
    percentile_cont(0.1) within group (order by error_share) as low_error,
    percentile_cont(0.9) within group (order by error_share) as high_error,
    percentile_cont(0.1) within group (order by naive_error_share)
        as naive_low_error,
    percentile_cont(0.9) within group (order by naive_error_share)
        as naive_high_error

from shared

group by 1, 2
