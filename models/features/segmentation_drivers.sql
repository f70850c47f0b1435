-- One row per client with a cluster and feature, on the as-of date: how much
-- the feature speaks for the client's cluster and against the next nearest.
-- Over all features it adds up to the difference of the two squared distances.

with

choices as (

    select * from {{ ref('segmentation_choices') }}

),

inputs as (

    select * from {{ ref('segmentation_inputs') }}
    where is_current = true

),

centroids as (

    select * from {{ ref('segmentation_centroids') }}

),

measured as (

    select
        inputs.client_id,
        inputs.feature,
        own_centers.center_value as own_center_value,
        second_centers.center_value as second_center_value,
        power(cast(inputs.scaled_value as double) - second_centers.center, 2)
        - power(cast(inputs.scaled_value as double) - own_centers.center, 2)
            as contribution

    from inputs

    inner join choices
        on inputs.client_id = choices.client_id

    inner join centroids as own_centers
        on
            inputs.model_version = own_centers.model_version
            and inputs.feature = own_centers.feature
            and choices.cluster_id = own_centers.cluster_id

    inner join centroids as second_centers
        on
            inputs.model_version = second_centers.model_version
            and inputs.feature = second_centers.feature
            and choices.second_cluster_id = second_centers.cluster_id

)

select
    client_id,
    feature,
    own_center_value,
    second_center_value,
    contribution,
    row_number() over (
        partition by client_id order by contribution desc, feature asc
    ) as driver_rank

from measured
