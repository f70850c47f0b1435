-- One row per level, key and period end: days of sales that its receivables
-- stand for, counted back from the latest month. The last month needed counts
-- in proportion; what is older than the history stays unconsumed.

with

months as (

    select * from {{ ref('int_levels_monthly') }}

),

-- every month up to the period end, latest first, with the sales after it
paired as (

    select
        ends.level,
        ends.level_key,
        ends.period_end_date,
        ends.receivables_amount,
        months.period_days,
        greatest(months.sales_amount, 0) as sales_amount,
        sum(greatest(months.sales_amount, 0)) over (
            partition by ends.level, ends.level_key, ends.period_end_date
            order by months.period_end_date desc
            rows between unbounded preceding and current row
        ) as sales_from_month_on

    from months as ends

    inner join months
        on
            ends.level = months.level
            and ends.level_key = months.level_key
            and ends.period_end_date >= months.period_end_date

),

eaten as (

    select
        *,
        case
            when
                receivables_amount >= sales_from_month_on
                and receivables_amount > sales_from_month_on - sales_amount
                then cast(period_days as double)
            when receivables_amount > sales_from_month_on - sales_amount
                then period_days * cast(
                    receivables_amount - (sales_from_month_on - sales_amount)
                    as double
                ) / cast(sales_amount as double)
            else 0e0
        end as eaten_days

    from paired

)

select
    level,
    level_key,
    period_end_date,
    receivables_amount,
    cast(
        sum(case when eaten_days > 0 then sales_amount else 0 end)
        as decimal(18, 2)
    ) as sales_amount,
    cast(sum(case when eaten_days > 0 then period_days else 0 end) as int)
        as period_days,
    sum(cast(eaten_days as decimal(18, 9))) as dso,
    cast(greatest(receivables_amount - sum(sales_amount), 0) as decimal(18, 2))
        as unconsumed_amount,
    count(*) filter (where eaten_days > 0 and sales_amount = 0) > 0
        as has_empty_months

from eaten

group by level, level_key, period_end_date, receivables_amount
