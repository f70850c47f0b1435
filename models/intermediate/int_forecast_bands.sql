-- One row per horizon in months and ageing bucket with a past origin: by what
-- share of all that is open P10 and P90 lie from the forecast that is in use,
-- had it been in use at every origin. They stand where the next of n errors
-- falls so often: at (n + 1) / 10 from either end, in order of size, and
-- between two errors in proportion. Fewer than ten errors make no band. A book
-- of less than a hundredth of the largest that was seen has no share to tell: a
-- ledger that began with next to nothing would expect a thousandfold.

with

backtest as (

    select * from {{ ref('forecast_backtest') }}

),

methods as (

    select * from {{ ref('int_forecast_methods') }}

),

joined as (

    select
        backtest.*,
        methods.is_naive,
        methods.is_total_naive,
        sum(backtest.naive_amount) over of_origin as book_amount,
        sum(backtest.actual_amount) over of_origin as actual_total,
        sum(case when methods.is_naive then 0 else backtest.naive_amount end)
            over of_origin as naive_total,
        sum(
            case when methods.is_naive then 0 else backtest.transitions_amount
            end
        ) over of_origin as transitions_total

    from backtest

    inner join methods
        on
            backtest.horizon = methods.horizon
            and backtest.measure = methods.aging_bucket

    window of_origin as (
        partition by backtest.horizon, backtest.origin_date
    )

),

-- as int_forecasts_chosen chooses today
used as (

    select
        *,
        case
            when is_naive then cast(naive_amount as double)
            when not is_total_naive then cast(forecast_amount as double)
            when transitions_total > 0
                then
                    cast(transitions_amount as double)
                    * cast(naive_total as double)
                    / cast(transitions_total as double)
            else cast(naive_amount as double)
        end as used_amount

    from joined

),

shared as (

    select
        *,
        case
            when
                100 * book_amount >= max(
                    greatest(book_amount, actual_total)
                ) over (
                    partition by horizon
                )
                then
                    (cast(actual_amount as double) - used_amount)
                    / nullif(cast(book_amount as double), 0)
        end as error_share

    from used

),

placed as (

    select
        *,
        row_number() over (
            partition by horizon, measure order by error_share nulls last
        ) as place,
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
    measure as aging_bucket,
    case
        when count(error_share) >= 10
            then sum(greatest(1 - abs(place - low_place), 0) * error_share)
    end as low_error,
    case
        when count(error_share) >= 10
            then sum(greatest(1 - abs(place - high_place), 0) * error_share)
    end as high_error

from placed

group by 1, 2
