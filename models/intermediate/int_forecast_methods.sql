-- One row per horizon in months and ageing bucket: whether the forecast or "no
-- change" is used, for the bucket and for the total. The record of fewer than
-- ten origins decides nothing.

with

records as (

    select * from {{ ref('int_forecast_records') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

horizons as (

    select
        '1_month' as horizon,
        1 as horizon_months

    union all

    select
        '2_months' as horizon,
        2 as horizon_months

    union all

    select
        '3_months' as horizon,
        3 as horizon_months

)

select
    horizons.horizon,
    horizons.horizon_months,
    buckets.aging_bucket,
    coalesce(of_bucket.origin_count, 0) as origin_count,
    coalesce(of_bucket.origin_count, 0) >= 10
    and of_bucket.is_naive_nearer as is_naive,
    coalesce(of_total.origin_count, 0) >= 10
    and of_total.is_naive_nearer as is_total_naive

from horizons

cross join buckets

left join records as of_bucket
    on
        horizons.horizon = of_bucket.horizon
        and buckets.aging_bucket = of_bucket.measure

left join records as of_total
    on
        horizons.horizon = of_total.horizon
        and of_total.measure = 'total'
