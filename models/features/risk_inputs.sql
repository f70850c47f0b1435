-- One row per moment of risk_moments and feature of the risk score: what it
-- measures, in its own unit, and the value that the score is made of. Rates
-- and means are drawn towards those of all clients as known then.

{{ config(materialized='table') }}

with

histories as (

    select * from {{ ref('risk_histories') }}

),

features as (

    select * from {{ ref('risk_features') }}

),

priors as (

    select
        *,
        (all_very_late_count + 1e0) / (all_judged_count + 4)
            as all_very_late_rate,
        (all_late_count + 1e0) / (all_known_count + 4) as all_late_rate,
        all_late_days * 1e0 / greatest(all_settled_count, 1)
            as all_mean_days_late

    from histories

),

drawn as (

    select
        *,
        coalesce((
            own_very_late_count
            + {{ var('prior_strength_invoices') }} * all_very_late_rate
        ) / nullif(
            own_judged_count + {{ var('prior_strength_invoices') }}, 0
        ), all_very_late_rate) as very_late_rate,
        coalesce((
            own_late_count
            + {{ var('prior_strength_invoices') }} * all_late_rate
        ) / nullif(
            own_known_count + {{ var('prior_strength_invoices') }}, 0
        ), all_late_rate) as late_rate,
        coalesce((
            own_late_days
            + {{ var('prior_strength_invoices') }} * all_mean_days_late
        ) / nullif(
            own_settled_count + {{ var('prior_strength_invoices') }}, 0
        ), all_mean_days_late) as mean_days_late,
        cast(invoice_amount as double) * greatest(all_issued_count, 1)
        / case
            when all_invoice_amount > 0 then cast(all_invoice_amount as double)
            else cast(invoice_amount as double)
        end as amount_ratio

    from priors

),

measured as (

    select
        drawn.moment_id,
        drawn.client_id,
        drawn.moment_date,
        drawn.split,
        drawn.is_very_late,
        features.feature,
        case features.feature
            when 'very_late_rate' then drawn.very_late_rate
            when 'late_rate' then drawn.late_rate
            when 'mean_days_late' then drawn.mean_days_late
            when 'recent_days_late'
                then
                    (drawn.own_recent_late_days + 3 * drawn.mean_days_late)
                    / (drawn.own_recent_settled_count + 3)
            when 'overdue_count' then drawn.own_overdue_count
            when 'open_count' then drawn.own_open_count
            when 'settled_count' then drawn.own_settled_count
            when 'amount_above' then greatest(drawn.amount_ratio, 1e0)
            when 'amount_below' then least(drawn.amount_ratio, 1e0)
            when 'terms_days' then drawn.terms_days
        end as measured_value

    from drawn

    cross join features

)

select
    moment_id,
    client_id,
    moment_date,
    split,
    is_very_late,
    feature,
    cast(measured_value as double) as measured_value,
    round(case
        when feature in ('very_late_rate', 'late_rate')
            then ln(
                least(greatest(measured_value, 1e-6), 1 - 1e-6)
                / (1 - least(greatest(measured_value, 1e-6), 1 - 1e-6))
            )
        when feature in ('amount_above', 'amount_below')
            then ln(least(greatest(measured_value, 5e-2), 2e1))
        when feature in ('mean_days_late', 'recent_days_late')
            then measured_value
        -- from twenty on, more invoices say no more
        when feature = 'settled_count' then ln(1 + least(measured_value, 20))
        else ln(1 + least(greatest(measured_value, 0), 1e6))
    end, 9) as feature_value

from measured
