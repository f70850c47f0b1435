-- Fails where the documents open at a period end, each by itself, are not the
-- running balance of all that was issued and applied by then, at any level; and
-- where on the as-of date they are not of the age that open_items says.

with

months as (

    select * from {{ ref('int_levels_monthly') }}

),

opened as (

    select * from {{ ref('int_levels_open') }}

),

current_rows as (

    select
        sum(collection_kpis.not_due_amount) as not_due_amount,
        sum(collection_kpis.over_90_amount) as over_90_amount

    from {{ ref('collection_kpis') }} as collection_kpis

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on collection_kpis.period_end_date = as_of_dates.as_of_date

    where collection_kpis.level = 'portfolio'

),

aged as (

    select
        coalesce(sum(case when days_aged <= 0 then outstanding_amount end), 0)
            as not_due_amount,
        coalesce(sum(
            case when days_aged > 90 then greatest(outstanding_amount, 0) end
        ), 0) as over_90_amount

    from {{ ref('open_items') }}

    where item_kind <> 'unapplied'

)

select
    months.level,
    months.level_key,
    months.period_end_date,
    months.receivables_amount as amount,
    coalesce(opened.open_amount, 0) as other_amount

from months

full outer join opened
    on
        months.level = opened.level
        and months.level_key = opened.level_key
        and months.period_end_date = opened.period_end_date

where (months.receivables_amount = coalesce(opened.open_amount, 0)) is not true

union all

select
    'portfolio' as level,
    'aged' as level_key,
    cast(null as date) as period_end_date,
    current_rows.not_due_amount + current_rows.over_90_amount as amount,
    aged.not_due_amount + aged.over_90_amount as other_amount

from current_rows

cross join aged

where
    current_rows.not_due_amount <> aged.not_due_amount
    or current_rows.over_90_amount <> aged.over_90_amount
