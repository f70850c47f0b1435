-- One row per feature date and client with a known outcome: the median of its
-- days late, and the days late to expect of an invoice within a horizon of 30
-- and of 90 days, by Kaplan-Meier. A settled invoice is an event, an open
-- past-due one is censored at its days past due; on or before the due date
-- counts as day 0.

{{ config(materialized='table') }}

with

counted as (

    select
        as_of_date,
        is_current,
        client_id,
        known_days_late,
        least(greatest(known_days_late, 0), 90) as day_number,
        sum(invoice_count) as leaving_count,
        sum(settled_count) as settled_count

    from {{ ref('ftr_client_days') }}

    where known_days_late is not null

    group by 1, 2, 3, 4

),

at_risk as (

    select
        *,
        sum(leaving_count) over (
            partition by as_of_date, is_current, client_id
            order by known_days_late
            rows between unbounded preceding and current row
        ) as count_so_far,
        sum(leaving_count) over (
            partition by as_of_date, is_current, client_id
        ) as count_in_all,
        lead(day_number, 1, 90) over (
            partition by as_of_date, is_current, client_id
            order by known_days_late
        ) as next_day_number

    from counted

),

numbered as (

    select
        *,
        count_in_all - count_so_far + leaving_count as at_risk_count

    from at_risk

),

-- the share still unpaid after each day: a product, as a sum of logarithms. It
-- is 0 once all that were at risk are settled, which only the last day can be
unpaid as (

    select
        *,
        sum(case
            when settled_count < at_risk_count
                then cast(
                    ln(1e0 - cast(settled_count as double) / at_risk_count)
                    as decimal(28, 15)
                )
            else 0
        end) over (
            partition by as_of_date, is_current, client_id
            order by known_days_late
            rows between unbounded preceding and current row
        ) as log_share

    from numbered

),

weighed as (

    select
        *,
        case
            when settled_count = at_risk_count then 0
            else cast(exp(cast(log_share as double)) as decimal(18, 15))
        end as unpaid_share,
        case when count_so_far = leaving_count then day_number else 0 end
            as days_before

    from unpaid

)

select
    as_of_date,
    is_current,
    client_id,
    {{ counted_median('known_days_late', 'count_so_far', 'count_in_all') }}
        as median_days_late,
    cast(sum(
        least(days_before, 30)
        + unpaid_share * (least(next_day_number, 30) - least(day_number, 30))
    ) as double) as expected_days_late_30,
    cast(sum(
        days_before + unpaid_share * (next_day_number - day_number)
    ) as double) as expected_days_late

from weighed

group by 1, 2, 3
