-- One row per level, key and period end: days of sales that its receivables
-- stand for, counted back from the latest month. The last month needed counts
-- in proportion; what is older than the history stays unconsumed.
--
-- Counting back from a period end leaves sales_left_amount of all sales up to
-- then, so the last month needed is the first whose sales so far pass it. One
-- sort finds it for every period end: pairing months would take their square.

with

months as (

    select
        *,
        greatest(sales_amount, 0) as billed_amount,
        sum(greatest(sales_amount, 0)) over so_far as billed_so_far_amount,
        sum(period_days) over so_far as days_so_far,
        sum(case when sales_amount > 0 then 0 else 1 end) over so_far
            as empty_so_far

    from {{ ref('int_levels_monthly') }}

    window so_far as (
        partition by level, level_key
        order by period_end_date
        rows between unbounded preceding and current row
    )

),

-- a period end stands before the months that have sold just as much: those
-- are not needed
marked as (

    select
        level,
        level_key,
        period_end_date,
        period_end_date as month_needed,
        billed_so_far_amount as mark_amount,
        1 as mark_order

    from months

    union all

    select
        level,
        level_key,
        period_end_date,
        cast(null as date) as month_needed,
        billed_so_far_amount - receivables_amount as mark_amount,
        0 as mark_order

    from months

),

found as (

    select
        level,
        level_key,
        period_end_date,
        mark_order,
        mark_amount as sales_left_amount,
        min(month_needed) over (
            partition by level, level_key
            order by mark_amount desc, mark_order asc, period_end_date asc
            rows between unbounded preceding and current row
        ) as last_month_needed

    from marked

),

eaten as (

    select
        months.level,
        months.level_key,
        months.period_end_date,
        months.receivables_amount,
        found.sales_left_amount,
        months.billed_so_far_amount
        - last_months.billed_so_far_amount as later_sales_amount,
        last_months.billed_amount,
        months.days_so_far - last_months.days_so_far as later_days,
        last_months.period_days,
        months.empty_so_far - last_months.empty_so_far
        + case when last_months.sales_amount > 0 then 0 else 1 end
            as empty_count,
        case
            when last_months.billed_so_far_amount is null then 0e0
            when
                found.sales_left_amount
                <= last_months.billed_so_far_amount - last_months.billed_amount
                then cast(last_months.period_days as double)
            else
                last_months.period_days * cast(
                    last_months.billed_so_far_amount - found.sales_left_amount
                    as double
                ) / cast(last_months.billed_amount as double)
        end as eaten_days

    from months

    inner join found
        on
            months.level = found.level
            and months.level_key = found.level_key
            and months.period_end_date = found.period_end_date
            and found.mark_order = 0

    left join months as last_months
        on
            found.level = last_months.level
            and found.level_key = last_months.level_key
            and found.last_month_needed = last_months.period_end_date
            and found.period_end_date >= last_months.period_end_date

)

select
    level,
    level_key,
    period_end_date,
    receivables_amount,
    cast(coalesce(later_sales_amount + billed_amount, 0) as decimal(18, 2))
        as sales_amount,
    cast(coalesce(later_days + period_days, 0) as int) as period_days,
    coalesce(later_days, 0) + cast(eaten_days as decimal(18, 9)) as dso,
    cast(greatest(-sales_left_amount, 0) as decimal(18, 2))
        as unconsumed_amount,
    coalesce(empty_count, 0) > 0 as has_empty_months

from eaten
