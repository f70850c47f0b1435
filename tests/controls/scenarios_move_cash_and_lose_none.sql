-- Fails for each scenario whose gaps do not add up to zero, or whose receipts
-- are not its delayed amount; for one without a delay that changes anything;
-- and for a longer delay of the same clients at the same rate that costs less.

with

scenarios as (

    select * from {{ ref('working_capital_scenarios') }}

),

weeks as (

    select
        scenario_code,
        sum(gap_amount) as gap_amount,
        sum(scenario_receipts_amount) as receipts_amount,
        max(abs(gap_amount)) as largest_gap_amount

    from {{ ref('working_capital_scenario_weeks') }}

    group by 1

)

select
    scenarios.scenario_code,
    'gaps' as what

from scenarios

left join weeks
    on scenarios.scenario_code = weeks.scenario_code

where
    (
        weeks.gap_amount = 0
        and weeks.receipts_amount = scenarios.delayed_amount
    ) is not true

union all

select
    scenarios.scenario_code,
    'no delay' as what

from scenarios

inner join weeks
    on scenarios.scenario_code = weeks.scenario_code

where
    scenarios.delay_days = 0
    and (
        weeks.largest_gap_amount <> 0
        or scenarios.peak_gap_amount <> 0
        or scenarios.financing_cost_amount <> 0
        or scenarios.dso_change_day_30 <> 0
        or scenarios.dso_change_day_60 <> 0
        or scenarios.dso_change_day_90 <> 0
        or scenarios.delayed_loss_amount <> scenarios.expected_loss_amount
    )

union all

select
    longer.scenario_code,
    'more delay costs less' as what

from scenarios

inner join scenarios as longer
    on
        scenarios.top_n = longer.top_n
        and scenarios.financing_rate = longer.financing_rate
        and scenarios.delay_days < longer.delay_days

where
    scenarios.financing_cost_amount > longer.financing_cost_amount
    or scenarios.peak_gap_amount < longer.peak_gap_amount
