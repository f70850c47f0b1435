-- One row per client with a cluster, on the as-of date: how far it stands from
-- its cluster's center, and from the nearest other one. Those that DBSCAN left
-- without a cluster are outliers of the nearest.

with

memberships as (

    select * from {{ ref('segmentation_memberships') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

distances as (

    select * from {{ ref('segmentation_distances') }}

),

noise as (

    select
        model_version,
        note as client_id

    from {{ ref('segmentation_candidates') }}

    where measure = 'noise'

),

measured as (

    select
        distances.*,
        memberships.cluster_id as own_cluster_id,
        noise.client_id is not null as is_noise,
        min(case
            when distances.cluster_id <> memberships.cluster_id
                then distances.nearness_rank
        end) over (partition by distances.client_id) as second_rank

    from distances

    inner join as_of_dates
        on distances.as_of_date = as_of_dates.as_of_date

    inner join memberships
        on
            distances.as_of_date = memberships.as_of_date
            and distances.client_id = memberships.client_id

    left join noise
        on
            distances.model_version = noise.model_version
            and distances.client_id = noise.client_id

)

select
    client_id,
    max(model_version) as model_version,
    max(own_cluster_id) as cluster_id,
    max(case when cluster_id = own_cluster_id then distance end) as distance,
    max(case when nearness_rank = second_rank then cluster_id end)
        as second_cluster_id,
    max(case when nearness_rank = second_rank then distance end)
        as second_distance,
    max(case
        when is_noise then 1
        when
            cluster_id = own_cluster_id
            and radius > 0
            and distance > radius + 1e-6
            then 1
        else 0
    end) = 1 as is_outlier

from measured

group by 1
