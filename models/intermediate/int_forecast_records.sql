-- One row per horizon in months and measure (ageing bucket or total): how the
-- forecast and "no change" have done over all past origins, and how far what
-- came was from either, as a share of all that was open at the origin. P10 and
-- P90 stand where the next of n errors falls so often: at (n + 1) / 10 from
-- either end, in order of size, and between two errors in proportion.

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

),

placed as (

    select
        *,
        row_number() over (
            partition by horizon, measure order by error_share nulls last
        ) as place,
        row_number() over (
            partition by horizon, measure order by naive_error_share nulls last
        ) as naive_place,
        greatest(1, (count(error_share) over of_measure + 1) / 1e1)
            as low_place,
        least(
            count(error_share) over of_measure,
            (count(error_share) over of_measure + 1) * 9 / 1e1
        ) as high_place

    from shared

    window of_measure as (partition by horizon, measure)

)

select
    horizon,
    measure,
    cast(count(*) as int) as origin_count,
    cast(count(error_share) as int) as error_count,
    sum(abs(naive_error_amount)) < sum(abs(error_amount)) as is_naive_nearer,
    sum(greatest(1 - abs(place - low_place), 0) * error_share) as low_error,
    sum(greatest(1 - abs(place - high_place), 0) * error_share) as high_error,
    sum(greatest(1 - abs(naive_place - low_place), 0) * naive_error_share)
        as naive_low_error,
    sum(greatest(1 - abs(naive_place - high_place), 0) * naive_error_share)
        as naive_high_error

from placed

group by 1, 2
