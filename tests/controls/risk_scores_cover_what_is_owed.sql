-- Fails where the bands of the risk score do not hold every client that has
-- one, or what is expected to be very late is not between what is that late
-- already and all that is owed.

with

scores as (

    select * from {{ ref('client_risk_scores') }}

),

distribution as (

    select
        sum(client_count) as client_count,
        sum(expected_overdue_amount) as amount

    from {{ ref('risk_score_distribution') }}

),

counted as (

    select
        count(risk_score) as client_count,
        coalesce(sum(expected_overdue_amount), 0) as amount

    from scores

),

invoices as (

    select
        client_id,
        sum(outstanding_amount) as open_amount,
        sum(case
            when days_past_due >= {{ var('risk_late_days') }}
                then outstanding_amount
            else 0
        end) as very_late_amount

    from {{ ref('invoices') }}

    where is_open and document_type = 'invoice' and outstanding_amount > 0

    group by 1

)

select 'bands' as what

from distribution

cross join counted

where
    distribution.client_count <> counted.client_count
    or distribution.amount <> counted.amount

union all

select scores.client_id as what

from scores

left join invoices
    on scores.client_id = invoices.client_id

where
    scores.expected_overdue_amount
    not between coalesce(invoices.very_late_amount, 0)
    and coalesce(invoices.open_amount, 0)
