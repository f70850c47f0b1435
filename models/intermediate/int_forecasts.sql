-- One row per origin, segment (or all), horizon and ageing bucket: the book
-- times the transitions plus new billing, and the same drawn halfway towards
-- today's total. The level of a book changes less than its make-up: the mean of
-- two forecasts errs less than either where neither is known to be better.

with

books as (

    select * from {{ ref('int_forecast_books') }}

),

chained as (

    select * from {{ ref('int_transitions_chained') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

horizons as (

    select distinct
        step,
        origin_date,
        segment_code,
        horizon

    from chained

),

billed as (

    select * from books
    where aging_bucket = 'new'

),

multiplied as (

    select
        chained.origin_date,
        chained.segment_code,
        chained.horizon,
        chained.to_bucket,
        sum(cast(books.amount as double) * chained.rate) as amount

    from books

    inner join chained
        on
            books.step = chained.step
            and books.origin_date = chained.origin_date
            and books.segment_code = chained.segment_code
            and books.aging_bucket = chained.from_bucket

    group by 1, 2, 3, 4

),

-- to the cent here: a sum of doubles depends on the order of its rows
rounded as (

    select
        horizons.step,
        horizons.horizon,
        horizons.origin_date,
        horizons.segment_code,
        buckets.aging_bucket,
        buckets.bucket_rank,
        books.amount as naive_amount,
        billed.amount as new_billing_amount,
        billed.window_count,
        cast(
            round(
                cast(coalesce(multiplied.amount, 0) as decimal(28, 6)), 2
            ) as decimal(18, 2)
        ) as transitions_amount

    from horizons

    cross join buckets

    inner join books
        on
            horizons.step = books.step
            and horizons.origin_date = books.origin_date
            and horizons.segment_code = books.segment_code
            and buckets.aging_bucket = books.aging_bucket

    inner join billed
        on
            horizons.step = billed.step
            and horizons.origin_date = billed.origin_date
            and horizons.segment_code = billed.segment_code

    left join multiplied
        on
            horizons.horizon = multiplied.horizon
            and horizons.origin_date = multiplied.origin_date
            and horizons.segment_code = multiplied.segment_code
            and buckets.aging_bucket = multiplied.to_bucket

),

totals as (

    select
        *,
        sum(naive_amount) over of_horizon as naive_total,
        sum(transitions_amount) over of_horizon as transitions_total

    from rounded

    window of_horizon as (
        partition by horizon, origin_date, segment_code
    )

)

select
    step,
    horizon,
    origin_date,
    segment_code,
    aging_bucket,
    cast(bucket_rank as int) as bucket_rank,
    naive_amount,
    transitions_amount,
    case
        when transitions_total > 0
            then {{ share_of(
                'transitions_amount',
                '(transitions_total + naive_total)',
                '(2 * transitions_total)'
            ) }}
        else {{ share_of('naive_amount', '1', '2') }}
    end as drawn_amount,
    cast(new_billing_amount as decimal(18, 2)) as new_billing_amount,
    window_count

from totals
