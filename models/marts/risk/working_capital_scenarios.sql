-- One row per scenario of the seed: what it does to cash and to DSO that the
-- clients most expected to pay late pay later still.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

scenarios as (

    select * from {{ ref('scenarios') }}

),

items as (

    select
        *,
        {{ days_between('as_of_date', 'expected_payment_date') }}
            as expected_days,
        {{ days_between('as_of_date', 'scenario_payment_date') }}
            as scenario_days

    from {{ ref('int_scenario_items') }}

),

weeks as (

    select * from {{ ref('working_capital_scenario_weeks') }}

),

sales as (

    select * from {{ ref('int_sales_recent') }}

),

summed as (

    select
        scenario_code,
        count(distinct client_id) as client_count,
        sum(outstanding_amount) as outstanding_amount,
        coalesce(
            sum(outstanding_amount) filter (where expected_days is not null), 0
        ) as delayed_amount,
        {% for days in [30, 60, 90] %}
            coalesce(
                sum(outstanding_amount) filter (
                    where expected_days <= {{ days }}
                    and scenario_days > {{ days }}
                ),
                0
            ) as missing_{{ days }}_amount,
        {% endfor %}
        count(*) - count(provision_rate) as unknown_count,
        count(*) - count(delayed_provision_rate) as delayed_unknown_count,
        sum(
            cast(
                round(outstanding_amount * provision_rate, 2)
                as decimal(18, 2)
            )
        ) as expected_loss_amount,
        sum(
            cast(
                round(outstanding_amount * delayed_provision_rate, 2)
                as decimal(18, 2)
            )
        ) as delayed_loss_amount

    from items

    group by 1

),

peaks as (

    select
        scenario_code,
        cumulative_gap_amount as peak_gap_amount,
        week_number as peak_gap_week,
        row_number() over (
            partition by scenario_code
            order by cumulative_gap_amount, week_number
        ) as peak_rank

    from weeks

),

joined as (

    select
        scenarios.*,
        as_of_dates.as_of_date,
        coalesce(summed.client_count, 0) as client_count,
        coalesce(summed.outstanding_amount, 0) as outstanding_amount,
        coalesce(summed.delayed_amount, 0) as delayed_amount,
        {% for days in [30, 60, 90] %}
            case
                when sales.sales_amount > 0
                    then
                        cast(
                            coalesce(summed.missing_{{ days }}_amount, 0)
                            as double
                        )
                        / cast(sales.sales_amount as double)
                        * sales.period_days
            end as dso_change_day_{{ days }},
        {% endfor %}
        coalesce(peaks.peak_gap_amount, 0) as peak_gap_amount,
        case when peaks.peak_gap_amount < 0 then peaks.peak_gap_week end
            as peak_gap_week,
        case
            when coalesce(summed.unknown_count, 0) = 0
                then coalesce(summed.expected_loss_amount, 0)
        end as expected_loss_amount,
        case
            when coalesce(summed.delayed_unknown_count, 0) = 0
                then coalesce(summed.delayed_loss_amount, 0)
        end as delayed_loss_amount

    from scenarios

    cross join as_of_dates

    left join sales
        on as_of_dates.as_of_date = sales.as_of_date

    left join summed
        on scenarios.scenario_code = summed.scenario_code

    left join peaks
        on
            scenarios.scenario_code = peaks.scenario_code
            and peaks.peak_rank = 1

)

select
    scenario_code,
    scenario_name,
    cast(outstanding_amount as decimal(18, 2)) as outstanding_amount,
    cast(delayed_amount as decimal(18, 2)) as delayed_amount,
    cast(outstanding_amount - delayed_amount as decimal(18, 2))
        as undated_amount,
    cast(peak_gap_amount as decimal(18, 2)) as peak_gap_amount,
    {{ share_of(
        'delayed_amount', 'delay_days * financing_rate * 10000', '3650000'
    ) }} as financing_cost_amount,
    cast(expected_loss_amount as decimal(18, 2)) as expected_loss_amount,
    cast(delayed_loss_amount as decimal(18, 2)) as delayed_loss_amount,
    cast(top_n as int) as top_n,
    cast(client_count as int) as client_count,
    cast(delay_days as int) as delay_days,
    cast(financing_rate as double) as financing_rate,
    cast(peak_gap_week as int) as peak_gap_week,
    dso_change_day_30,
    dso_change_day_60,
    dso_change_day_90,
    nullif(concat_ws(
        ', ',
        case when client_count = 0 then 'no_cohort' end,
        case
            when peak_gap_week is null and client_count > 0 then 'no_gap'
        end,
        case when outstanding_amount > delayed_amount then 'undated' end,
        case when dso_change_day_30 is null then 'no_sales_in_90_days' end,
        case
            when (expected_loss_amount + delayed_loss_amount) is null
                then 'loss_rate_unknown'
        end
    ), '') as reason,
    as_of_date

from joined
