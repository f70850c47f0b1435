-- One row per client with enough known outcomes, day and cluster: how far the
-- client stands from the cluster's center, nearest first. Exact sums, so that
-- no order of rows moves the last digit.

with

inputs as (

    select * from {{ ref('segmentation_inputs') }}

),

centroids as (

    select * from {{ ref('segmentation_centroids') }}

),

measured as (

    select
        inputs.as_of_date,
        inputs.client_id,
        inputs.model_version,
        centroids.cluster_id,
        max(centroids.radius) as radius,
        sum(cast(
            power(cast(inputs.scaled_value as double) - centroids.center, 2)
            as decimal(28, 12)
        )) as squared_distance

    from inputs

    inner join centroids
        on
            inputs.model_version = centroids.model_version
            and inputs.feature = centroids.feature

    group by 1, 2, 3, 4

)

select
    as_of_date,
    client_id,
    model_version,
    cluster_id,
    radius,
    sqrt(cast(squared_distance as double)) as distance,
    row_number() over (
        partition by as_of_date, client_id
        order by squared_distance, cluster_id
    ) as nearness_rank

from measured
