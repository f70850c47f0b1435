-- One row per level (portfolio, segment, client), its key and period: sales of
-- the period and receivables at its end, from its first movement on. Segments
-- are those of the as-of date.

with

periods as (

    select * from {{ ref('int_periods') }}

),

movements as (

    select * from {{ ref('int_receivables_monthly') }}

),

levels as (

    select * from {{ ref('int_client_levels') }}

),

summed as (

    select
        levels.level,
        levels.level_key,
        movements.month_end_date,
        sum(movements.sales_amount) as sales_amount,
        sum(movements.change_amount) as change_amount

    from movements

    inner join levels
        on movements.client_id = levels.client_id

    group by 1, 2, 3

),

keys as (

    select
        level,
        level_key,
        min(month_end_date) as first_month_end_date

    from summed

    group by 1, 2

)

select
    keys.level,
    keys.level_key,
    periods.period_end_date,
    cast(periods.period_days as int) as period_days,
    periods.is_partial,
    cast(coalesce(summed.sales_amount, 0) as decimal(18, 2)) as sales_amount,
    cast(coalesce(sum(summed.change_amount) over (
        partition by keys.level, keys.level_key
        order by periods.period_end_date
        rows between unbounded preceding and current row
    ), 0) as decimal(18, 2)) as receivables_amount

from keys

inner join periods
    on keys.first_month_end_date <= periods.month_end_date

left join summed
    on
        keys.level = summed.level
        and keys.level_key = summed.level_key
        and periods.month_end_date = summed.month_end_date
