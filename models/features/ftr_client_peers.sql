-- One row per feature date, client with a document, and group of peers that it
-- belongs to: clients with the same payment terms, of the same size, and all.
-- peer_rank 1 is the nearest.

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
        sums.known_outcome_count,
        sums.late_count,
        sums.severely_late_count,
        sums.sum_of_days,
        sums.sum_of_squared_days

    from sums

    cross join kinds

    left join clients
        on
            sums.client_id = clients.client_id
            and sums.as_of_date = clients.as_of_date
            and sums.is_current = clients.is_current

)

select * from grouped

where peer_key is not null
