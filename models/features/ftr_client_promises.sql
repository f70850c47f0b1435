-- One row per feature date and client with a promise that was due, grace
-- included, by then: how many and how much of them were kept.

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

promises as (

    select * from {{ ref('int_promises_judged') }}

)

select
    dates.as_of_date,
    dates.is_current,
    promises.client_id,
    cast(count(*) as int) as promise_count,
    cast(count(*) filter (where promises.is_kept) as int)
        as kept_promise_count,
    cast(sum(promises.promised_amount) as decimal(18, 2)) as promised_amount,
    cast(
        sum(case when promises.is_kept then promises.promised_amount else 0 end)
        as decimal(18, 2)
    ) as kept_amount

from promises

inner join dates
    on promises.judged_date <= dates.as_of_date

group by 1, 2, 3
