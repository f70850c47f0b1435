-- One row per past origin, horizon and ageing bucket, or total: what the
-- forecast would have said of the portfolio with what was known then, what "no
-- change" would have said, and what came.

with

forecasts as (

    select * from {{ ref('int_forecasts') }}
    where segment_code = 'all'

),

open_books as (

    select * from {{ ref('int_open_books') }}

),

dated as (

    select
        *,
        case horizon
            when '1_month'
                then last_day(cast(origin_date + interval '1' month as date))
            when '2_months'
                then last_day(cast(origin_date + interval '2' month as date))
            when '3_months'
                then last_day(cast(origin_date + interval '3' month as date))
            else cast(origin_date + interval '28' day as date)
        end as target_date

    from forecasts

),

compared as (

    select
        dated.origin_date,
        dated.target_date,
        dated.horizon,
        dated.aging_bucket as measure,
        dated.bucket_rank as measure_rank,
        open_books.open_amount as actual_amount,
        dated.drawn_amount as forecast_amount,
        dated.transitions_amount,
        dated.naive_amount,
        dated.new_billing_amount,
        dated.window_count

    from dated

    inner join open_books
        on
            dated.target_date = open_books.book_date
            and dated.aging_bucket = open_books.aging_bucket

),

measured as (

    select * from compared

    union all

    select
        origin_date,
        target_date,
        horizon,
        'total' as measure,
        0 as measure_rank,
        sum(actual_amount) as actual_amount,
        sum(forecast_amount) as forecast_amount,
        sum(transitions_amount) as transitions_amount,
        sum(naive_amount) as naive_amount,
        max(new_billing_amount) as new_billing_amount,
        max(window_count) as window_count

    from compared

    group by 1, 2, 3

)

select
    origin_date,
    target_date,
    horizon,
    measure,
    cast(measure_rank as int) as measure_rank,
    cast(actual_amount as decimal(18, 2)) as actual_amount,
    cast(forecast_amount as decimal(18, 2)) as forecast_amount,
    cast(transitions_amount as decimal(18, 2)) as transitions_amount,
    cast(naive_amount as decimal(18, 2)) as naive_amount,
    cast(forecast_amount - actual_amount as decimal(18, 2)) as error_amount,
    cast(naive_amount - actual_amount as decimal(18, 2)) as naive_error_amount,
    cast(new_billing_amount as decimal(18, 2)) as new_billing_amount,
    cast(window_count as int) as window_count,
    1 - cast(abs(forecast_amount - actual_amount) as double)
    / nullif(cast(abs(naive_amount - actual_amount) as double), 0) as skill,
    case
        when naive_amount = actual_amount then 'no_change_was_exact'
    end as reason

from measured
