-- One row per rank, 1 to 10: the clients with the most receivables expected to
-- be paid very late.

with

scores as (

    select * from {{ ref('client_risk_scores') }}
    where expected_overdue_amount > 0

),

clients as (

    select * from {{ ref('clients') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

ranked as (

    select
        *,
        row_number() over (
            order by expected_overdue_amount desc, client_id asc
        ) as risk_rank

    from scores

)

select
    cast(ranked.risk_rank as int) as risk_rank,
    ranked.client_id,
    clients.client_name,
    client_segments.segment_code,
    client_segments.persona,
    ranked.score_method,
    ranked.risk_score,
    ranked.risk_band,
    ranked.outstanding_amount,
    ranked.overdue_amount,
    ranked.expected_overdue_amount,
    ranked.late_probability,
    ranked.contribution_1,
    ranked.as_of_date

from ranked

inner join clients
    on ranked.client_id = clients.client_id

inner join client_segments
    on ranked.client_id = client_segments.client_id

where ranked.risk_rank <= 10
