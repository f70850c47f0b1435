-- One row per origin, segment (or all), horizon, bucket and bucket at the end
-- of the horizon: the transitions of one step, multiplied with themselves for
-- two and three months. What is billed is a bucket, new, that stays as it is
-- and feeds the others each month. A bucket never followed stays where it is.

with

past as (

    select * from {{ ref('int_past_transitions') }}

),

transitions as (

    select * from {{ ref('aging_transitions') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

known as (

    select
        step,
        origin_date,
        'all' as segment_code,
        from_bucket,
        to_bucket,
        rate

    from past

    union all

    select
        'month' as step,
        as_of_dates.as_of_date as origin_date,
        transitions.segment_code,
        transitions.from_bucket,
        transitions.to_bucket,
        transitions.rate

    from transitions

    cross join as_of_dates

    where
        transitions.segment_code <> 'all'
        and transitions.to_bucket not in ('paid', 'written_off')

),

origins as (

    select distinct
        step,
        origin_date,
        segment_code

    from known

),

-- itself: new always, a bucket where nothing is known of it
kept as (

    select
        origins.step,
        origins.origin_date,
        origins.segment_code,
        'new' as from_bucket,
        'new' as to_bucket,
        1.0e0 as rate

    from origins

    union all

    select
        origins.step,
        origins.origin_date,
        origins.segment_code,
        buckets.aging_bucket as from_bucket,
        buckets.aging_bucket as to_bucket,
        1.0e0 as rate

    from origins

    cross join buckets

    left join known
        on
            origins.step = known.step
            and origins.origin_date = known.origin_date
            and origins.segment_code = known.segment_code
            and buckets.aging_bucket = known.from_bucket
            and known.rate is not null

    where known.from_bucket is null

),

one_step as (

    select * from known
    where rate is not null

    union all

    select * from kept

),

two_months as (

    select
        earlier.step,
        earlier.origin_date,
        earlier.segment_code,
        earlier.from_bucket,
        later.to_bucket,
        round(sum(earlier.rate * later.rate), 12) as rate

    from one_step as earlier

    inner join one_step as later
        on
            earlier.step = later.step
            and earlier.origin_date = later.origin_date
            and earlier.segment_code = later.segment_code
            and earlier.to_bucket = later.from_bucket

    where earlier.step = 'month'

    group by 1, 2, 3, 4, 5

),

three_months as (

    select
        earlier.step,
        earlier.origin_date,
        earlier.segment_code,
        earlier.from_bucket,
        later.to_bucket,
        round(sum(earlier.rate * later.rate), 12) as rate

    from two_months as earlier

    inner join one_step as later
        on
            earlier.step = later.step
            and earlier.origin_date = later.origin_date
            and earlier.segment_code = later.segment_code
            and earlier.to_bucket = later.from_bucket

    group by 1, 2, 3, 4, 5

)

select
    *,
    case when step = 'month' then '1_month' else step end as horizon
from one_step

union all

select
    *,
    '2_months' as horizon
from two_months

union all

select
    *,
    '3_months' as horizon
from three_months
