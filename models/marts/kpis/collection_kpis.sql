-- One row per period end, level (portfolio, segment) and key: how well what
-- was owed has been collected. Days are of the month, CEI of three months,
-- turnover and bad debts of twelve.

with

months as (

    select * from {{ ref('int_levels_monthly') }}
    where level <> 'client'

),

opened as (

    select * from {{ ref('int_levels_open') }}

),

collected as (

    select * from {{ ref('int_levels_collected') }}

),

joined as (

    select
        months.*,
        coalesce(opened.not_due_amount, 0) as not_due_amount,
        coalesce(opened.open_invoice_amount, 0) as open_invoice_amount,
        coalesce(opened.over_90_amount, 0) as over_90_amount,
        coalesce(collected.settled_count, 0) as settled_count,
        coalesce(collected.settled_amount, 0) as settled_amount,
        collected.settled_days,
        collected.settled_amount_days,
        coalesce(collected.bad_debt_amount, 0) as bad_debt_amount

    from months

    left join opened
        on
            months.level = opened.level
            and months.level_key = opened.level_key
            and months.period_end_date = opened.period_end_date

    left join collected
        on
            months.level = collected.level
            and months.level_key = collected.level_key
            and months.period_end_date = collected.period_end_date

),

-- before its first movement a level owed nothing
windowed as (

    select
        *,
        coalesce(lag(receivables_amount, 3) over by_month, 0)
            as opening_3_months_amount,
        coalesce(lag(receivables_amount, 12) over by_month, 0)
            as opening_12_months_amount,
        sum(sales_amount) over last_3_months as sales_3_months_amount,
        cast(count(*) over last_3_months as int) as month_count,
        sum(sales_amount) over last_12_months as sales_12_months_amount,
        sum(bad_debt_amount) over last_12_months as bad_debt_12_months_amount,
        lag(receivables_amount, 12) over by_month is not null as is_of_a_year,
        sum(period_days) over last_12_months as year_days,
        {{ days_between('period_end_date', 'last_day(period_end_date)') }}
            as days_to_come

    from joined

    window
        by_month as (
            partition by level, level_key order by period_end_date
        ),
        last_3_months as (
            partition by level, level_key
            order by period_end_date
            rows between 2 preceding and current row
        ),
        last_12_months as (
            partition by level, level_key
            order by period_end_date
            rows between 11 preceding and current row
        )

),

-- numerators and denominators, exact; of the mean of three months times three
summed as (

    select
        *,
        opening_3_months_amount + sales_3_months_amount
        - receivables_amount as collected_amount,
        opening_3_months_amount + sales_3_months_amount
        - not_due_amount as collectable_amount,
        cast(
            cast(opening_3_months_amount - receivables_amount as decimal(24, 2))
            * month_count as decimal(28, 2)
        ) + sales_3_months_amount as collected_in_mean_amount,
        cast(
            cast(opening_3_months_amount - not_due_amount as decimal(24, 2))
            * month_count as decimal(28, 2)
        ) + sales_3_months_amount as collectable_in_mean_amount,
        opening_12_months_amount + receivables_amount as twice_mean_amount

    from windowed

)

select
    period_end_date,
    level,
    level_key,
    receivables_amount,
    cast(not_due_amount as decimal(18, 2)) as not_due_amount,
    cast(open_invoice_amount as decimal(18, 2)) as open_invoice_amount,
    cast(over_90_amount as decimal(18, 2)) as over_90_amount,
    sales_amount,
    cast(opening_3_months_amount as decimal(18, 2)) as opening_3_months_amount,
    cast(sales_3_months_amount as decimal(18, 2)) as sales_3_months_amount,
    cast(opening_12_months_amount as decimal(18, 2))
        as opening_12_months_amount,
    cast(sales_12_months_amount as decimal(18, 2)) as sales_12_months_amount,
    cast(bad_debt_12_months_amount as decimal(18, 2))
        as bad_debt_12_months_amount,
    cast(settled_amount as decimal(18, 2)) as settled_amount,
    cast(settled_count as int) as settled_invoice_count,
    case
        when collectable_in_mean_amount > 0
            then
                100 * cast(collected_in_mean_amount as double)
                / cast(collectable_in_mean_amount as double)
    end as cei_monthly_average,
    case
        when collectable_amount > 0
            then
                100 * cast(collected_amount as double)
                / cast(collectable_amount as double)
    end as cei_full_period,
    case
        when sales_amount > 0
            then
                cast(receivables_amount as double)
                / cast(sales_amount as double) * period_days
    end as simple_dso,
    case
        when sales_amount > 0
            then
                cast(not_due_amount as double)
                / cast(sales_amount as double) * period_days
    end as best_possible_dso,
    case
        when sales_amount > 0
            then
                cast(receivables_amount - not_due_amount as double)
                / cast(sales_amount as double) * period_days
    end as avg_days_delinquent,
    cast(settled_days as double) / nullif(settled_count, 0)
        as avg_days_to_pay,
    cast(settled_amount_days as double)
    / nullif(cast(settled_amount as double), 0) as weighted_avg_days_to_pay,
    case
        when twice_mean_amount > 0 and is_of_a_year
            then
                2 * cast(sales_12_months_amount as double)
                / cast(twice_mean_amount as double)
                * (year_days + days_to_come) / year_days
    end as receivables_turnover,
    case
        when sales_12_months_amount > 0
            then
                cast(bad_debt_12_months_amount as double)
                / cast(sales_12_months_amount as double)
    end as bad_debt_ratio,
    cast(over_90_amount as double)
    / nullif(cast(open_invoice_amount as double), 0) as over_90_share,
    nullif(concat_ws(
        ', ',
        case when sales_amount <= 0 then 'no_sales_in_period' end,
        case when month_count < 3 then 'short_history' end,
        case
            when collectable_in_mean_amount <= 0
                then 'nothing_to_collect_in_mean_month'
        end,
        case when collectable_amount <= 0 then 'nothing_to_collect' end,
        case when settled_count = 0 then 'nothing_settled' end,
        case when not is_of_a_year then 'less_than_a_year' end,
        case when twice_mean_amount <= 0 then 'no_mean_receivables' end,
        case when sales_12_months_amount <= 0 then 'no_sales_in_year' end,
        case when open_invoice_amount <= 0 then 'no_open_invoices' end,
        case when is_partial then 'month_to_date' end
    ), '') as reason

from summed
