-- One row per client with an invoice: the three features that weigh most in its
-- risk score, in words, with what each adds to the log-odds. What is open
-- already is one of them: it adds what the score has beyond the next invoice's.

{{ config(materialized='table') }}

with

predictions as (

    select * from {{ ref('risk_predictions_in_use') }}

),

contributions as (

    select * from {{ ref('risk_contributions') }}

),

inputs as (

    select * from {{ ref('risk_inputs') }}

),

features as (

    select * from {{ ref('risk_features') }}

),

probabilities as (

    select * from {{ ref('risk_probabilities') }}

),

-- the size of an invoice is two features, one of which is 1
named as (

    select
        predictions.client_id,
        features.label,
        features.unit,
        case
            when count(*) = 1 then max(inputs.measured_value)
            else max(inputs.measured_value) * min(inputs.measured_value)
        end as measured_value,
        sum(contributions.contribution) as contribution

    from predictions

    inner join contributions
        on
            predictions.moment_id = contributions.moment_id
            and predictions.score_method = contributions.score_method

    inner join features
        on contributions.feature = features.feature

    inner join inputs
        on
            predictions.moment_id = inputs.moment_id
            and contributions.feature = inputs.feature

    group by 1, 2, 3

),

weighed as (

    select
        client_id,
        label || ' ' || {{ in_words('measured_value', 'unit') }} as weight_text,
        contribution

    from named

    union all

    select
        client_id,
        'oldest open invoice '
        || case
            when oldest_days_past_due > 0
                then
                    cast(oldest_days_past_due as string) || ' days past due'
            else 'not past due'
        end as weight_text,
        open_contribution as contribution

    from probabilities

    where open_contribution is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by client_id
            order by abs(contribution) desc, weight_text asc
        ) as weight_rank

    from weighed

    where contribution <> 0

),

worded as (

    select
        client_id,
        weight_rank,
        weight_text || case when contribution > 0 then ' (+' else ' (-' end
        || cast(
            cast(round(abs(contribution) * 100) / 100 as decimal(18, 2))
            as string
        ) || ')' as reason

    from ranked

)

select
    client_id,
    max(case when weight_rank = 1 then reason end) as contribution_1,
    max(case when weight_rank = 2 then reason end) as contribution_2,
    max(case when weight_rank = 3 then reason end) as contribution_3

from worded

group by 1
