-- One row per level, key and period end with an open amount: receivables by
-- age, and the days of sales that each month's open invoices stand for.

with

months as (

    select * from {{ ref('int_levels_monthly') }}

),

aged as (

    select * from {{ ref('int_levels_aged') }}

),

matched as (

    select
        aged.*,
        months.sales_amount,
        months.period_days,
        aged.open_amount <> 0 as is_open,
        case
            when aged.open_amount <> 0 and months.sales_amount > 0
                then
                    cast(aged.open_amount as double)
                    / cast(months.sales_amount as double)
                    * months.period_days
        end as open_days

    from aged

    left join months
        on
            aged.level = months.level
            and aged.level_key = months.level_key
            and aged.invoice_period_end_date = months.period_end_date

)

select
    level,
    level_key,
    period_end_date,
    cast(sum(open_amount) as decimal(18, 2)) as open_amount,
    cast(sum(not_due_amount) as decimal(18, 2)) as not_due_amount,
    cast(sum(open_invoice_amount) as decimal(18, 2)) as open_invoice_amount,
    cast(sum(over_90_amount) as decimal(18, 2)) as over_90_amount,
    cast(
        sum(case when is_open then sales_amount else 0 end) as decimal(18, 2)
    ) as sales_amount,
    cast(sum(case when is_open then period_days else 0 end) as int)
        as period_days,
    sum(cast(coalesce(open_days, 0) as decimal(38, 12))) as open_days,
    count(*) filter (where is_open and open_days is null) > 0
        as has_months_without_sales

from matched

group by 1, 2, 3
