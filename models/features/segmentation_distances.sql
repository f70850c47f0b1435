-- One row per training client and cluster: how far the client stands from the
-- cluster's center, nearest first. Exact sums, so that no order of rows moves
-- the last digit.

with

inputs as (

    select * from {{ ref('segmentation_inputs') }}
    where is_training

),

centroids as (

    select * from {{ ref('segmentation_centroids') }}

),

measured as (

    select
        inputs.client_id,
        centroids.cluster_id,
        max(centroids.radius) as radius,
        sum(cast(
            power(cast(inputs.scaled_value as double) - centroids.center, 2)
            as decimal(28, 12)
        )) as squared_distance

    from inputs

    inner join centroids
        on inputs.feature = centroids.feature

    group by 1, 2

)

select
    client_id,
    cluster_id,
    radius,
    sqrt(cast(squared_distance as double)) as distance,
    row_number() over (
        partition by client_id order by squared_distance, cluster_id
    ) as nearness_rank

from measured
