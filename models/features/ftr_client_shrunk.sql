-- One row per feature date and client with a document: its rates and its mean
-- days late, drawn towards the nearest peers of whom there are enough: those
-- with its terms, of its size, or all. A client without known outcomes is taken
-- for one of them.

{{ config(materialized='table') }}

with

peers as (

    select * from {{ ref('ftr_client_peers') }}

),

priors as (

    select
        as_of_date,
        is_current,
        peer_kind,
        peer_key,
        max(case when measure = 'late_rate' then prior_mean end)
            as late_rate,
        max(case when measure = 'late_rate' then prior_strength end)
            as late_rate_strength,
        max(case when measure = 'severely_late_rate' then prior_mean end)
            as severely_late_rate,
        max(case when measure = 'severely_late_rate' then prior_strength end)
            as severely_late_rate_strength,
        max(case when measure = 'avg_days_late' then prior_mean end)
            as avg_days_late,
        max(case when measure = 'avg_days_late' then prior_strength end)
            as avg_days_late_strength,
        max(case when measure = 'avg_days_late' then sqrt(within_variance) end)
            as peer_stddev_days_late

    from {{ ref('ftr_priors') }}

    where
        client_count >= {{ var('min_peer_clients') }}
        or peer_kind = 'all'

    group by 1, 2, 3, 4

),

matched as (

    select
        peers.*,
        coalesce(terms.peer_kind, sizes.peer_kind, 'all') as peer_kind,
        coalesce(terms.peer_key, sizes.peer_key, 'all') as peer_key

    from peers

    left join priors as terms
        on
            peers.as_of_date = terms.as_of_date
            and peers.is_current = terms.is_current
            and peers.terms_key = terms.peer_key
            and terms.peer_kind = 'terms'

    left join priors as sizes
        on
            peers.as_of_date = sizes.as_of_date
            and peers.is_current = sizes.is_current
            and peers.size_key = sizes.peer_key
            and sizes.peer_kind = 'size'

)

select
    matched.as_of_date,
    matched.is_current,
    matched.client_id,
    matched.peer_kind,
    matched.peer_key,
    {{ drawn_towards_peers('late_count', 'late_rate') }}
        as shrunk_late_rate,
    {{ drawn_towards_peers('severely_late_count', 'severely_late_rate') }}
        as shrunk_severely_late_rate,
    {{ drawn_towards_peers('sum_of_days', 'avg_days_late') }}
        as shrunk_avg_days_late,
    priors.peer_stddev_days_late

from matched

inner join priors
    on
        matched.as_of_date = priors.as_of_date
        and matched.is_current = priors.is_current
        and matched.peer_kind = priors.peer_kind
        and matched.peer_key = priors.peer_key
