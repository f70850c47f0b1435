-- One row per feature date and client with a document: its rates and its mean
-- days late, drawn towards the nearest peers of whom there are enough. A
-- client without known outcomes is taken for one of them.

{{ config(materialized='table') }}

with

priors as (

    select * from {{ ref('ftr_priors') }}
    where
        client_count >= {{ var('min_peer_clients') }}
        or peer_kind = 'all'

),

matched as (

    select
        peers.*,
        priors.prior_mean,
        priors.prior_strength,
        priors.within_variance,
        row_number() over (
            partition by
                peers.as_of_date,
                peers.is_current,
                peers.client_id,
                peers.measure
            order by peers.peer_rank
        ) as nearness_rank

    from {{ ref('ftr_client_peers') }} as peers

    inner join priors
        on
            peers.as_of_date = priors.as_of_date
            and peers.is_current = priors.is_current
            and peers.peer_kind = priors.peer_kind
            and peers.peer_key = priors.peer_key
            and peers.measure = priors.measure

),

shrunk as (

    select
        *,
        coalesce(
            (cast(total as double) + prior_strength * prior_mean)
            / nullif(known_outcome_count + prior_strength, 0e0),
            prior_mean
        ) as shrunk_value

    from matched

    where nearness_rank = 1

)

select
    as_of_date,
    is_current,
    client_id,
    max(case when measure = 'late_rate' then peer_kind end) as peer_kind,
    max(case when measure = 'late_rate' then peer_key end) as peer_key,
    max(case when measure = 'late_rate' then shrunk_value end)
        as shrunk_late_rate,
    max(case when measure = 'severely_late_rate' then shrunk_value end)
        as shrunk_severely_late_rate,
    max(case when measure = 'avg_days_late' then shrunk_value end)
        as shrunk_avg_days_late,
    max(case when measure = 'avg_days_late' then sqrt(within_variance) end)
        as peer_stddev_days_late

from shrunk

group by 1, 2, 3
