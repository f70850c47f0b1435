-- One row per moment, method and feature: what the feature adds to the
-- log-odds of being very late, by the logistic regression or the scorecard.
-- The intercept is a feature too.

with

inputs as (

    select * from {{ ref('risk_inputs') }}

),

coefficients as (

    select * from {{ ref('risk_coefficients') }}

),

scorecard as (

    select * from {{ ref('risk_scorecard') }}

),

moments as (

    select
        *,
        case
            when split in ('train', 'test') then 'backtest'
            when split = 'next' then 'in_use'
        end as fit

    from {{ ref('risk_moments') }}

)

select
    inputs.moment_id,
    'model' as score_method,
    inputs.feature,
    round(
        coefficients.coefficient
        * (inputs.feature_value - coefficients.mean_value)
        / coefficients.deviation, 9
    ) as contribution

from inputs

inner join moments
    on inputs.moment_id = moments.moment_id

inner join coefficients
    on
        moments.fit = coefficients.fit
        and inputs.feature = coefficients.feature

union all

select
    moments.moment_id,
    'model' as score_method,
    coefficients.feature,
    coefficients.coefficient as contribution

from moments

inner join coefficients
    on
        moments.fit = coefficients.fit
        and coefficients.feature = 'intercept'

union all

select
    inputs.moment_id,
    'scorecard' as score_method,
    inputs.feature,
    cast(scorecard.points as double) as contribution

from inputs

inner join scorecard
    on
        inputs.feature = scorecard.feature
        and inputs.measured_value >= coalesce(scorecard.min_value, -1e9)
        and inputs.measured_value < coalesce(scorecard.max_value, 1e9)

union all

select
    moments.moment_id,
    'scorecard' as score_method,
    scorecard.feature,
    cast(scorecard.points as double) as contribution

from moments

inner join scorecard
    on scorecard.feature = 'intercept'
