-- One row per client of client_features: the segment it is in, and how that
-- was found.

with

client_features as (

    select * from {{ ref('client_features') }}

),

distances as (

    select * from {{ ref('segmentation_distances') }}

),

names as (

    select * from {{ ref('segmentation_names') }}

),

nearest as (

    select
        client_id,
        max(cluster_id) filter (where nearness_rank = 1) as cluster_id,
        max(distance) filter (where nearness_rank = 1) as distance,
        max(distance) filter (where nearness_rank = 2) as second_distance,
        max(case
            when nearness_rank = 1 and distance > radius + 1e-6 then 1
            else 0
        end) = 1 as is_outlier

    from distances

    group by 1

),

assigned as (

    select
        nearest.client_id,
        names.segment_code,
        names.segment_name,
        names.persona,
        'model' as assignment_method,
        nearest.cluster_id,
        nearest.distance,
        nearest.second_distance,
        nearest.is_outlier

    from nearest

    inner join names
        on nearest.cluster_id = names.cluster_id

    union all

    select
        client_id,
        segment_code,
        segment_name,
        persona,
        'rule' as assignment_method,
        cast(null as int) as cluster_id,
        cast(null as double) as distance,
        cast(null as double) as second_distance,
        cast(null as boolean) as is_outlier

    from names

    where client_id is not null

)

select
    client_features.client_id,
    assigned.segment_code,
    assigned.segment_name,
    assigned.persona,
    assigned.assignment_method,
    assigned.cluster_id,
    assigned.distance,
    assigned.second_distance,
    assigned.second_distance - assigned.distance as margin,
    assigned.is_outlier,
    client_features.as_of_date

from client_features

inner join assigned
    on client_features.client_id = assigned.client_id
