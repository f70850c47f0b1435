-- One row per client: how probable it is that what it owes is paid very late,
-- as a score from 0 to 100 with the three things that weigh most, and how much
-- of its receivables that is.

with

client_features as (

    select * from {{ ref('client_features') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

probabilities as (

    select * from {{ ref('risk_probabilities') }}

),

reasons as (

    select * from {{ ref('risk_reasons') }}

),

bands as (

    select * from {{ ref('risk_bands') }}

),

scored as (

    select
        *,
        cast(floor(100 * late_probability + 0.5) as int) as risk_score

    from probabilities

)

select
    client_features.client_id,
    client_segments.segment_code,
    scored.risk_score,
    bands.risk_band,
    scored.score_method,
    scored.late_probability,
    scored.next_late_probability,
    reasons.contribution_1,
    reasons.contribution_2,
    reasons.contribution_3,
    client_features.outstanding_amount,
    client_features.overdue_amount,
    cast(scored.expected_overdue_amount as decimal(18, 2))
        as expected_overdue_amount,
    case
        when scored.client_id is null then 'The client has no invoice yet'
        when scored.score_method = 'scorecard'
            then 'Too few past invoices of either outcome for the model'
    end as reason,
    client_features.as_of_date

from client_features

inner join client_segments
    on client_features.client_id = client_segments.client_id

left join scored
    on client_features.client_id = scored.client_id

left join reasons
    on client_features.client_id = reasons.client_id

left join bands
    on scored.risk_score between bands.min_score and bands.max_score
