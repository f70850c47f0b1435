-- One row per feature date, group of peers and measure: the mean that a client
-- with few invoices is drawn towards, and how many invoices that mean is
-- worth, estimated by the method of moments (one-way analysis of variance):
-- the more clients differ from one another, the less it is worth.

{{ config(materialized='table') }}

with

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
        kinds.peer_kind,
        kinds.peer_rank,
        peers.*,
        case kinds.peer_kind
            when 'terms' then peers.terms_key
            when 'size' then peers.size_key
            else 'all'
        end as peer_key,
        cast(
            cast(peers.late_count as double) * peers.late_count
            / peers.known_outcome_count as decimal(36, 15)
        ) as explained_late,
        cast(
            cast(peers.severely_late_count as double)
            * peers.severely_late_count
            / peers.known_outcome_count as decimal(36, 15)
        ) as explained_severe,
        cast(
            cast(peers.sum_of_days as double)
            * cast(peers.sum_of_days as double)
            / peers.known_outcome_count as decimal(36, 15)
        ) as explained_days

    from {{ ref('ftr_client_peers') }} as peers

    cross join kinds

    where peers.known_outcome_count > 0

),

-- a rate is the mean of zeros and ones, which are their own squares
added as (

    select
        as_of_date,
        is_current,
        peer_kind,
        peer_rank,
        peer_key,
        count(*) as client_count,
        sum(known_outcome_count) as outcome_count,
        cast(sum(
            cast(known_outcome_count as bigint) * known_outcome_count
        ) as double) as sum_of_squared_counts,
        sum(late_count) as late_count,
        sum(severely_late_count) as severely_late_count,
        sum(sum_of_days) as sum_of_days,
        sum(sum_of_squared_days) as sum_of_squared_days,
        sum(explained_late) as explained_late,
        sum(explained_severe) as explained_severe,
        sum(explained_days) as explained_days

    from grouped

    where peer_key is not null

    group by 1, 2, 3, 4, 5

),

summed as (

    select
        added.as_of_date,
        added.is_current,
        added.peer_kind,
        added.peer_rank,
        added.peer_key,
        measures.measure,
        added.client_count,
        added.outcome_count,
        added.sum_of_squared_counts,
        cast(case measures.measure
            when 'late_rate' then added.late_count
            when 'severely_late_rate' then added.severely_late_count
            else added.sum_of_days
        end as double) as total,
        cast(case measures.measure
            when 'late_rate' then added.late_count
            when 'severely_late_rate' then added.severely_late_count
            else added.sum_of_squared_days
        end as double) as total_of_squares,
        cast(case measures.measure
            when 'late_rate' then added.explained_late
            when 'severely_late_rate' then added.explained_severe
            else added.explained_days
        end as double) as explained

    from added

    cross join measures

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
