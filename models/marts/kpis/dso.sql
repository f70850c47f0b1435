-- One row per period end, level, key and method: days sales outstanding.

with

months as (

    select
        months.*,
        coalesce(opened.not_due_amount, 0) as not_due_amount,
        coalesce(opened.open_days, 0) as open_days,
        coalesce(opened.sales_amount, 0) as open_sales_amount,
        coalesce(opened.period_days, 0) as open_period_days,
        coalesce(opened.has_months_without_sales, false)
            as has_months_without_sales

    from {{ ref('int_levels_monthly') }} as months

    left join {{ ref('int_levels_open') }} as opened
        on
            months.level = opened.level
            and months.level_key = opened.level_key
            and months.period_end_date = opened.period_end_date

),

counted_back as (

    select * from {{ ref('int_dso_counted_back') }}

),

by_formula as (

    select
        level,
        level_key,
        period_end_date,
        'simple' as method,
        receivables_amount,
        sales_amount,
        period_days,
        is_partial,
        1 as month_count

    from months

    union all

    select
        level,
        level_key,
        period_end_date,
        'best_possible' as method,
        not_due_amount as receivables_amount,
        sales_amount,
        period_days,
        is_partial,
        1 as month_count

    from months

    union all

    select
        level,
        level_key,
        period_end_date,
        'rolling_3_months' as method,
        receivables_amount,
        sum(sales_amount) over last_3_months as sales_amount,
        sum(period_days) over last_3_months as period_days,
        is_partial,
        count(*) over last_3_months as month_count

    from months

    window last_3_months as (
        partition by level, level_key
        order by period_end_date
        rows between 2 preceding and current row
    )

),

methods as (

    select
        level,
        level_key,
        period_end_date,
        method,
        receivables_amount,
        sales_amount,
        period_days,
        case
            when sales_amount > 0
                then
                    cast(receivables_amount as double)
                    / cast(sales_amount as double) * period_days
        end as dso,
        cast(0 as decimal(18, 2)) as unconsumed_amount,
        case
            when sales_amount <= 0 then 'no_sales_in_period'
            when receivables_amount < 0 then 'negative_receivables'
            when method = 'rolling_3_months' and month_count < 3
                then 'short_history'
            when is_partial then 'month_to_date'
        end as reason

    from by_formula

    union all

    select
        level,
        level_key,
        period_end_date,
        'sales_weighted' as method,
        receivables_amount,
        open_sales_amount as sales_amount,
        open_period_days as period_days,
        case when not has_months_without_sales then cast(open_days as double)
        end as dso,
        cast(0 as decimal(18, 2)) as unconsumed_amount,
        case
            when has_months_without_sales then 'open_in_month_without_sales'
            when receivables_amount < 0 then 'negative_receivables'
            when is_partial then 'month_to_date'
        end as reason

    from months

    union all

    select
        level,
        level_key,
        period_end_date,
        'count_back' as method,
        receivables_amount,
        sales_amount,
        period_days,
        case when receivables_amount >= 0 then cast(dso as double) end as dso,
        unconsumed_amount,
        case
            when receivables_amount < 0 then 'negative_receivables'
            when unconsumed_amount > 0 then 'receivables_older_than_history'
            when has_empty_months then 'months_without_sales'
        end as reason

    from counted_back

)

select
    period_end_date,
    level,
    level_key,
    method,
    cast(receivables_amount as decimal(18, 2)) as receivables_amount,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(period_days as int) as period_days,
    dso,
    unconsumed_amount,
    reason

from methods
