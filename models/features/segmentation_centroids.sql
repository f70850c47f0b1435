-- One row per cluster and feature of the clustering that segmentation_quality
-- chose: the cluster's center on the scale of segmentation_inputs, and how far
-- from it a member may stand.

{{ config(materialized='table') }}

with

candidates as (

    select * from {{ ref('segmentation_candidates') }}

),

chosen as (

    select
        algorithm,
        cluster_count

    from {{ ref('segmentation_quality') }}

    where is_chosen

),

members as (

    select candidates.*

    from candidates

    inner join chosen
        on
            candidates.algorithm = chosen.algorithm
            and candidates.cluster_count = chosen.cluster_count

)

select
    centers.cluster_id,
    centers.feature,
    centers.value as center,
    radii.value as radius

from members as centers

inner join members as radii
    on
        centers.cluster_id = radii.cluster_id
        and radii.measure = 'radius'

where centers.measure = 'center'
