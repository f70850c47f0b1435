-- One row per feature date, client with a document, group of peers that it
-- belongs to, and measure: clients with the same payment terms, of the same
-- size, and all. peer_rank 1 is the nearest. What the client's outcomes add up
-- to, as they are and squared; a rate is the mean of zeros and ones.

with

sums as (

    select * from {{ ref('ftr_client_sums') }}

),

clients as (

    select * from {{ ref('int_clients_in_force') }}

),

kinds as (

    select
        'terms' as peer_kind,
        1 as peer_rank

    union all

    select
        'size' as peer_kind,
        2 as peer_rank

    union all

    select
        'all' as peer_kind,
        3 as peer_rank

),

measures as (

    select 'late_rate' as measure

    union all

    select 'severely_late_rate' as measure

    union all

    select 'avg_days_late' as measure

),

grouped as (

    select
        sums.as_of_date,
        sums.is_current,
        sums.client_id,
        kinds.peer_kind,
        kinds.peer_rank,
        case kinds.peer_kind
            when 'terms' then cast(sums.typical_terms_days as string)
            when 'size' then clients.company_size
            else 'all'
        end as peer_key,
        measures.measure,
        sums.known_outcome_count,
        cast(case measures.measure
            when 'late_rate' then sums.late_count
            when 'severely_late_rate' then sums.severely_late_count
            else coalesce(sums.sum_of_days, 0)
        end as decimal(18, 0)) as total,
        cast(case measures.measure
            when 'late_rate' then sums.late_count
            when 'severely_late_rate' then sums.severely_late_count
            else coalesce(sums.sum_of_squared_days, 0)
        end as decimal(28, 0)) as total_of_squares

    from sums

    cross join kinds

    cross join measures

    left join clients
        on
            sums.client_id = clients.client_id
            and sums.as_of_date = clients.as_of_date
            and sums.is_current = clients.is_current

)

select * from grouped

where peer_key is not null
