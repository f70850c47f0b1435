-- One row per model version and clustering that was tried for it: what it is
-- worth, whether it passes the gate, and which one was used, with the reason
-- in words.

with

candidates as (

    select * from {{ ref('segmentation_candidates') }}
    where cluster_count is not null and cluster_id is null

),

models as (

    select * from {{ ref('segmentation_models') }}

),

measured as (

    select
        model_version,
        algorithm,
        cluster_count,
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
        max(case when measure = 'bootstrap_ari_low' then value end)
            as bootstrap_ari_low,
        max(case when measure = 'bootstrap_ari_high' then value end)
            as bootstrap_ari_high,
        max(case when measure = 'smallest_jaccard' then value end)
            as smallest_jaccard,
        max(case when measure = 'prediction_strength' then value end)
            as prediction_strength,
        max(case when measure = 'neighbor_distance' then value end)
            as neighbor_distance,
        max(case when measure = 'passes_gate' then value end) = 1
            as passes_gate,
        max(case when measure = 'is_chosen' then value end) = 1 as is_chosen,
        max(case when measure = 'is_chosen' then note end) as reason

    from candidates

    group by 1, 2, 3

)

select
    measured.model_version,
    measured.algorithm,
    cast(measured.cluster_count as int) as cluster_count,
    models.client_count,
    measured.silhouette,
    measured.smallest_silhouette,
    measured.null_silhouette,
    measured.inertia,
    measured.davies_bouldin,
    measured.calinski_harabasz,
    measured.smallest_share,
    measured.noise_share,
    measured.bootstrap_ari,
    measured.bootstrap_ari_low,
    measured.bootstrap_ari_high,
    measured.smallest_jaccard,
    measured.prediction_strength,
    measured.neighbor_distance,
    measured.passes_gate,
    measured.is_chosen,
    measured.is_chosen and models.is_in_force as is_in_force,
    measured.reason

from measured

inner join models
    on measured.model_version = models.model_version
