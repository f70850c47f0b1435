-- One row per feature date, group of peers and measure: the mean that a client
-- with few invoices is drawn towards, and how many invoices that mean is
-- worth, estimated by the method of moments (one-way analysis of variance):
-- the more clients differ from one another, the less it is worth.

{{ config(materialized='table') }}

with

peers as (

    select * from {{ ref('ftr_client_peers') }}
    where known_outcome_count > 0

),

summed as (

    select
        as_of_date,
        is_current,
        peer_kind,
        peer_rank,
        peer_key,
        measure,
        count(*) as client_count,
        sum(known_outcome_count) as outcome_count,
        cast(sum(
            cast(known_outcome_count as bigint) * known_outcome_count
        ) as double) as sum_of_squared_counts,
        cast(sum(total) as double) as total,
        cast(sum(total_of_squares) as double) as total_of_squares,
        cast(sum(cast(
            cast(total as double) * cast(total as double) / known_outcome_count
            as decimal(36, 15)
        )) as double) as explained

    from peers

    group by 1, 2, 3, 4, 5, 6

),

-- within clients, between them, and the invoices a client has on average
analysed as (

    select
        *,
        total / outcome_count as prior_mean,
        greatest(total_of_squares - explained, 0e0)
        / nullif(outcome_count - client_count, 0) as within_variance,
        (explained - total * total / outcome_count)
        / nullif(client_count - 1, 0) as between_mean_square,
        (outcome_count - sum_of_squared_counts / outcome_count)
        / nullif(client_count - 1, 0) as typical_count

    from summed

),

estimated as (

    select
        *,
        (between_mean_square - within_variance) / nullif(typical_count, 0e0)
            as between_variance

    from analysed

)

select
    as_of_date,
    is_current,
    peer_kind,
    peer_rank,
    peer_key,
    measure,
    cast(client_count as int) as client_count,
    cast(outcome_count as int) as outcome_count,
    prior_mean,
    within_variance,
    between_variance,
    case
        when between_variance is null
            then {{ var('prior_strength_invoices') }}e0
        when within_variance >= between_variance * 1000 then 1000e0
        else within_variance / between_variance
    end as prior_strength,
    case
        when between_variance is null then 'assumed'
        when within_variance >= between_variance * 1000 then 'clients_alike'
        else 'estimated'
    end as strength_basis

from estimated
