-- One row per clustering that was tried: what it is worth, whether it passes
-- the gate, and which one is used, with the reason in words.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

candidates as (

    select * from {{ ref('segmentation_candidates') }}
    where cluster_id is null

),

measured as (

    select
        algorithm,
        cluster_count,
        max(case when measure = 'client_count' then value end) as client_count,
        max(case when measure = 'silhouette' then value end) as silhouette,
        max(case when measure = 'smallest_silhouette' then value end)
            as smallest_silhouette,
        max(case when measure = 'null_silhouette' then value end)
            as null_silhouette,
        max(case when measure = 'inertia' then value end) as inertia,
        max(case when measure = 'davies_bouldin' then value end)
            as davies_bouldin,
        max(case when measure = 'calinski_harabasz' then value end)
            as calinski_harabasz,
        max(case when measure = 'smallest_share' then value end)
            as smallest_share,
        max(case when measure = 'noise_share' then value end) as noise_share,
        max(case when measure = 'bootstrap_ari' then value end)
            as bootstrap_ari,
        max(case when measure = 'smallest_jaccard' then value end)
            as smallest_jaccard,
        max(case when measure = 'prediction_strength' then value end)
            as prediction_strength,
        max(case when measure = 'neighbor_distance' then value end)
            as neighbor_distance

    from candidates

    group by 1, 2

),

gated as (

    select
        *,
        algorithm = '{{ var("segmentation_algorithm") }}' as is_asked_for,
        cluster_count between 3 and 7
        or (algorithm = 'dbscan' and cluster_count > 1) as is_useful,
        coalesce(
            smallest_share >= {{ var('segmentation_min_share') }}
            and smallest_jaccard >= {{ var('segmentation_min_jaccard') }},
            false
        ) as passes_gate

    from measured

),

compared as (

    select
        *,
        is_asked_for
        and is_useful
        and passes_gate
        and silhouette >= max(
            case
                when is_asked_for and is_useful and passes_gate then silhouette
            end
        ) over () - 0.02e0 as is_best

    from gated

),

ranked as (

    select
        *,
        row_number() over (
            order by
                case when is_best then 0 else 1 end,
                case when is_asked_for and is_useful then 0 else 1 end,
                case when is_useful then 0 else 1 end,
                case when is_best then abs(cluster_count - 4) else 0 end,
                case when is_asked_for then 'z' else algorithm end desc,
                coalesce(smallest_jaccard, 0) desc,
                cluster_count
        ) as choice_rank

    from compared

)

select
    cast(as_of_dates.as_of_date as string) as model_version,
    ranked.algorithm,
    cast(ranked.cluster_count as int) as cluster_count,
    cast(ranked.client_count as int) as client_count,
    ranked.silhouette,
    ranked.smallest_silhouette,
    ranked.null_silhouette,
    ranked.inertia,
    ranked.davies_bouldin,
    ranked.calinski_harabasz,
    ranked.smallest_share,
    ranked.noise_share,
    ranked.bootstrap_ari,
    ranked.smallest_jaccard,
    ranked.prediction_strength,
    ranked.neighbor_distance,
    ranked.passes_gate,
    ranked.choice_rank = 1 as is_chosen,
    case
        when ranked.choice_rank = 1 and ranked.is_best
            then
                'Chosen: of those within .02 of the best silhouette that pass '
                || 'the gate, the count nearest to the four segments'
        when ranked.choice_rank = 1 and ranked.smallest_jaccard is null
            then 'Chosen: so few clients allow no other'
        when ranked.choice_rank = 1 and ranked.is_asked_for
            then 'Chosen although none passes the gate: the most stable one'
        when ranked.choice_rank = 1
            then 'Chosen: what was asked for finds no useful clusters'
        when not ranked.is_asked_for
            then 'Not asked for (var segmentation_algorithm)'
        when not ranked.is_useful
            then 'Fewer than three clusters serve no playbook'
        when
            coalesce(ranked.smallest_share, 0)
            < {{ var('segmentation_min_share') }}
            then 'A cluster has too few clients (var segmentation_min_share)'
        when not ranked.passes_gate
            then
                'A cluster dissolves when clients are drawn again '
                || '(var segmentation_min_jaccard)'
        when ranked.is_best
            then 'As good, but farther from the four segments'
        else 'Silhouette more than .02 below the best'
    end as reason

from ranked

cross join as_of_dates
