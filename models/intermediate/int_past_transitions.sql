-- One row per past origin of a forecast, bucket (or new) and bucket a step
-- later: the portfolio's rates as they could be known at the origin, from the
-- windows of the transition_months before that had ended by then. An origin
-- needs three of them.

with

windows as (

    select * from {{ ref('int_forecast_windows') }}

),

moves as (

    select * from {{ ref('int_portfolio_moves') }}

),

known as (

    select
        origins.step,
        origins.begin_date as origin_date,
        windows.begin_date,
        count(*) over (
            partition by origins.step, origins.begin_date
        ) as window_count

    from windows as origins

    inner join windows
        on
            origins.step = windows.step
            and origins.begin_date >= windows.end_date
            and windows.begin_date >= cast(
                origins.begin_date
                - interval '{{ var("transition_months") }}' month as date
            )

),

places as (

    select
        known.step,
        known.origin_date,
        known.window_count,
        moves.from_bucket,
        moves.to_bucket,
        sum(moves.from_amount) as from_amount,
        sum(moves.open_amount) as open_amount

    from known

    inner join moves
        on
            known.step = moves.step
            and known.begin_date = moves.begin_date

    where known.window_count >= 3

    group by 1, 2, 3, 4, 5

),

totals as (

    select
        *,
        sum(from_amount) over (
            partition by step, origin_date, from_bucket
        ) as bucket_amount

    from places

)

select
    step,
    origin_date,
    from_bucket,
    to_bucket,
    cast(window_count as int) as window_count,
    cast(bucket_amount as decimal(18, 2)) as from_amount,
    cast(open_amount as double)
    / nullif(cast(bucket_amount as double), 0) as rate

from totals
