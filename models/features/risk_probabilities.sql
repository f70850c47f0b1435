-- One row per client with an invoice: the probability that what it owes, or its
-- next invoice where it owes nothing, is paid very late.

{{ config(materialized='table') }}

with

predictions as (

    select * from {{ ref('risk_predictions_in_use') }}

),

open_invoices as (

    select * from {{ ref('risk_open_invoices') }}

),

owed as (

    select
        client_id,
        max(days_past_due) as oldest_days_past_due,
        sum(outstanding_amount) as open_amount,
        sum(cast(
            round(
                outstanding_amount * cast(late_probability as decimal(19, 9)),
                2
            ) as decimal(18, 2)
        )) as expected_overdue_amount,
        sum(
            outstanding_amount * cast(late_probability as decimal(19, 9))
        ) as expected_amount

    from open_invoices

    group by 1

),

judged as (

    select
        predictions.client_id,
        predictions.score_method,
        predictions.late_probability as next_late_probability,
        owed.oldest_days_past_due,
        owed.expected_overdue_amount,
        coalesce(
            round(
                cast(owed.expected_amount as double)
                / cast(owed.open_amount as double), 9
            ),
            predictions.late_probability
        ) as late_probability,
        least(greatest(predictions.late_probability, 1e-3), 0.999e0)
            as held_next,
        least(greatest(
            cast(owed.expected_amount as double)
            / cast(owed.open_amount as double), 1e-3
        ), 0.999e0) as held_open

    from predictions

    left join owed
        on predictions.client_id = owed.client_id

)

select
    client_id,
    score_method,
    next_late_probability,
    late_probability,
    oldest_days_past_due,
    coalesce(expected_overdue_amount, 0) as expected_overdue_amount,
    case
        when oldest_days_past_due is not null
            then
                round(
                    ln(held_open / (1 - held_open))
                    - ln(held_next / (1 - held_next)), 9
                )
    end as open_contribution

from judged
