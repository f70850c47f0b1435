-- One row per client with an invoice: the probability that its next one is paid
-- very late; by the scorecard where history is too little for the model.

with

predictions as (

    select * from {{ ref('risk_predictions') }}
    where split = 'next' and score_method in ('model', 'scorecard')

),

ranked as (

    select
        *,
        row_number() over (
            partition by client_id
            order by case score_method when 'model' then 1 else 2 end
        ) as preference

    from predictions

)

select
    moment_id,
    client_id,
    score_method,
    late_probability

from ranked

where preference = 1
