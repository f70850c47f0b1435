-- One row per level (portfolio, segment), its key and period end with
-- something settled or lost in that month.

with

levels as (

    select * from {{ ref('int_client_levels') }}
    where level <> 'client'

),

collections as (

    select * from {{ ref('int_collections_monthly') }}

)

select
    levels.level,
    levels.level_key,
    collections.period_end_date,
    cast(sum(collections.settled_count) as int) as settled_count,
    cast(sum(collections.settled_days) as bigint) as settled_days,
    cast(sum(collections.settled_amount) as decimal(18, 2)) as settled_amount,
    cast(sum(collections.settled_amount_days) as decimal(28, 2))
        as settled_amount_days,
    cast(sum(collections.bad_debt_amount) as decimal(18, 2))
        as bad_debt_amount

from levels

inner join collections
    on levels.client_id = collections.client_id

group by 1, 2, 3
