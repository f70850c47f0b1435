-- One row per scenario and week after the as-of date, up to the last in which
-- any scenario pays: receipts as expected and in the scenario, and the gap.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

scenarios as (

    select * from {{ ref('scenarios') }}

),

sales as (

    select * from {{ ref('int_sales_recent') }}

),

items as (

    select * from {{ ref('int_scenario_items') }}
    where expected_payment_date is not null

),

-- day 1 is the day after the as-of date, and the first of week 1
receipts as (

    select
        scenario_code,
        cast(
            floor(
                ({{ days_between('as_of_date', 'expected_payment_date') }} + 6)
                / 7e0
            ) as int
        ) as week_number,
        outstanding_amount as baseline_amount,
        0 as scenario_amount

    from items

    union all

    select
        scenario_code,
        cast(
            floor(
                ({{ days_between('as_of_date', 'scenario_payment_date') }} + 6)
                / 7e0
            ) as int
        ) as week_number,
        0 as baseline_amount,
        outstanding_amount as scenario_amount

    from items

),

summed as (

    select
        scenario_code,
        week_number,
        sum(baseline_amount) as baseline_amount,
        sum(scenario_amount) as scenario_amount

    from receipts

    group by 1, 2

),

spans as (

    select
        as_of_dates.as_of_date,
        cast(
            as_of_dates.as_of_date + 7 * coalesce(max(summed.week_number), 1)
            as date
        ) as last_date

    from as_of_dates

    left join summed
        on summed.week_number > 0

    group by 1

),

days as (

    select
        as_of_date,
        {{ every_day('as_of_date', 'last_date') }} as day_date

    from spans

),

weeks as (

    select
        as_of_date,
        day_date as week_end_date,
        cast({{ days_between('as_of_date', 'day_date') }} / 7e0 as int)
            as week_number

    from days

    where
        day_date > as_of_date
        and {{ days_between('as_of_date', 'day_date') }} % 7 = 0

),

filled as (

    select
        scenarios.scenario_code,
        weeks.week_number,
        weeks.week_end_date,
        weeks.as_of_date,
        coalesce(summed.baseline_amount, 0) as baseline_amount,
        coalesce(summed.scenario_amount, 0) as scenario_amount

    from scenarios

    cross join weeks

    left join summed
        on
            scenarios.scenario_code = summed.scenario_code
            and weeks.week_number = summed.week_number

),

accumulated as (

    select
        *,
        scenario_amount - baseline_amount as gap_amount,
        sum(scenario_amount - baseline_amount) over (
            partition by scenario_code
            order by week_number
            rows between unbounded preceding and current row
        ) as cumulative_gap_amount

    from filled

)

select
    accumulated.scenario_code,
    accumulated.week_number,
    cast(accumulated.baseline_amount as decimal(18, 2))
        as baseline_receipts_amount,
    cast(accumulated.scenario_amount as decimal(18, 2))
        as scenario_receipts_amount,
    cast(accumulated.gap_amount as decimal(18, 2)) as gap_amount,
    cast(accumulated.cumulative_gap_amount as decimal(18, 2))
        as cumulative_gap_amount,
    case
        when sales.sales_amount > 0
            then
                cast(-accumulated.cumulative_gap_amount as double)
                / cast(sales.sales_amount as double)
                * sales.period_days
    end as dso_change,
    accumulated.week_end_date,
    accumulated.as_of_date

from accumulated

left join sales
    on accumulated.as_of_date = sales.as_of_date
