-- One row per client with enough known outcomes and day: the nearest cluster,
-- and the one it belongs to. A client changes when it is clearly nearer to
-- another than to any other, or than to the one of the day before, or when the
-- day before said the same; on the first day of a lineage it belongs to the
-- nearest.

with

distances as (

    select * from {{ ref('segmentation_distances') }}

),

in_force as (

    select * from {{ ref('segmentation_in_force') }}

),

nearest as (

    select
        distances.as_of_date,
        distances.client_id,
        distances.model_version,
        in_force.lineage_date,
        max(case
            when distances.nearness_rank = 1 then distances.cluster_id
        end) as nearest_cluster_id,
        max(case
            when distances.nearness_rank = 2 then distances.distance
        end)
        - max(case
            when distances.nearness_rank = 1 then distances.distance
        end) as advantage,
        max(case
            when distances.nearness_rank = 1 then distances.distance
        end) as nearest_distance

    from distances

    inner join in_force
        on distances.as_of_date = in_force.as_of_date

    where distances.nearness_rank <= 2

    group by 1, 2, 3, 4

),

followed as (

    select
        *,
        lag(nearest_cluster_id) over (
            partition by client_id, lineage_date order by as_of_date
        ) as last_nearest_cluster_id

    from nearest

),

judged as (

    select
        followed.*,
        coalesce(
            followed.nearest_cluster_id = followed.last_nearest_cluster_id
            or followed.advantage >= {{ var('segmentation_min_margin') }}
            or distances.distance - followed.nearest_distance
            >= {{ var('segmentation_min_margin') }},
            true
        ) as is_clear

    from followed

    left join distances
        on
            followed.as_of_date = distances.as_of_date
            and followed.client_id = distances.client_id
            and followed.last_nearest_cluster_id = distances.cluster_id

),

spells as (

    select
        *,
        sum(case when is_clear then 1 else 0 end) over (
            partition by client_id, lineage_date order by as_of_date
            rows between unbounded preceding and current row
        ) as spell

    from judged

)

select
    as_of_date,
    client_id,
    model_version,
    nearest_cluster_id,
    max(case when is_clear then nearest_cluster_id end) over (
        partition by client_id, lineage_date, spell
    ) as cluster_id

from spells
