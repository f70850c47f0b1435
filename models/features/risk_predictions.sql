-- One row per moment and method: the probability of being very late by the
-- model, by the scorecard, and by the client's past rate alone.

{{ config(materialized='table') }}

with

contributions as (

    select * from {{ ref('risk_contributions') }}

),

inputs as (

    select * from {{ ref('risk_inputs') }}

),

moments as (

    select * from {{ ref('risk_moments') }}

),

added as (

    select
        moment_id,
        score_method,
        cast(sum(cast(contribution as decimal(18, 9))) as double) as log_odds

    from contributions

    group by 1, 2

),

predicted as (

    select
        moment_id,
        score_method,
        1 / (1 + exp(-log_odds)) as late_probability

    from added

    union all

    select
        moment_id,
        'past_late_rate' as score_method,
        measured_value as late_probability

    from inputs

    where feature = 'very_late_rate'

)

select
    predicted.moment_id,
    moments.client_id,
    moments.split,
    moments.is_very_late,
    predicted.score_method,
    round(predicted.late_probability, 9) as late_probability

from predicted

inner join moments
    on predicted.moment_id = moments.moment_id
