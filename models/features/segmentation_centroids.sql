-- One row per model version, cluster and feature: the cluster's center on the
-- scale of segmentation_inputs and how far from it a member may stand; the
-- range that scaling maps to 0 .. weight, and the center in the feature's own
-- unit.

{{ config(materialized='table') }}

with

measures as (

    select * from {{ ref('segmentation_candidates') }}
    where cluster_count is null

),

limits as (

    select
        model_version,
        feature,
        max(case when measure = 'lower_limit' then value end) as lower_limit,
        max(case when measure = 'typical_value' then value end)
            as typical_value,
        max(case when measure = 'upper_limit' then value end) as upper_limit,
        max(case when measure = 'weight' then value end) as weight

    from measures

    where feature is not null and measure <> 'center'

    group by 1, 2

),

centers as (

    select * from measures
    where measure = 'center'

),

radii as (

    select * from measures
    where measure = 'radius'

)

select
    centers.model_version,
    centers.cluster_id,
    centers.feature,
    centers.value as center,
    radii.value as radius,
    limits.lower_limit,
    limits.typical_value,
    limits.upper_limit,
    limits.weight,
    limits.lower_limit
    + centers.value / limits.weight * (limits.upper_limit - limits.lower_limit)
        as center_value

from centers

inner join radii
    on
        centers.model_version = radii.model_version
        and centers.cluster_id = radii.cluster_id

inner join limits
    on
        centers.model_version = limits.model_version
        and centers.feature = limits.feature
