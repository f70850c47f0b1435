-- One row per rank, 1 to 10: the clients with the most receivables expected to
-- be paid late.

with

client_features as (

    select * from {{ ref('client_features') }}
    where outstanding_amount > 0 and shrunk_late_rate is not null

),

clients as (

    select * from {{ ref('clients') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

expected as (

    select
        *,
        cast(
            round(
                outstanding_amount * cast(shrunk_late_rate as decimal(19, 9)),
                2
            ) as decimal(18, 2)
        ) as expected_overdue_amount

    from client_features

),

ranked as (

    select
        *,
        row_number() over (
            order by expected_overdue_amount desc, client_id asc
        ) as risk_rank

    from expected

)

select
    cast(ranked.risk_rank as int) as risk_rank,
    ranked.client_id,
    clients.client_name,
    client_segments.segment_code,
    client_segments.persona,
    'past_late_rate' as score_method,
    ranked.outstanding_amount,
    ranked.overdue_amount,
    ranked.expected_overdue_amount,
    ranked.shrunk_late_rate as late_probability,
    ranked.as_of_date

from ranked

inner join clients
    on ranked.client_id = clients.client_id

inner join client_segments
    on ranked.client_id = client_segments.client_id

where ranked.risk_rank <= 10
