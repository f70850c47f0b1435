-- One row per client with enough known outcomes, day and feature of the model
-- version in force: the value held to the version's limits, scaled to 0..1 and
-- multiplied by the feature's weight. Rounded to nine digits, so that sums of
-- them are exact and scores are the same on every machine.

with

segmentation_values as (

    select * from {{ ref('segmentation_values') }}
    where is_training

),

in_force as (

    select * from {{ ref('segmentation_in_force') }}

),

limits as (

    select distinct
        model_version,
        feature,
        lower_limit,
        typical_value,
        upper_limit,
        weight

    from {{ ref('segmentation_centroids') }}

),

held as (

    select
        segmentation_values.as_of_date,
        segmentation_values.is_current,
        segmentation_values.is_sampled,
        segmentation_values.client_id,
        limits.model_version,
        limits.feature,
        limits.weight,
        limits.lower_limit,
        limits.upper_limit - limits.lower_limit as width,
        greatest(
            limits.lower_limit,
            least(
                limits.upper_limit,
                coalesce(
                    segmentation_values.feature_value,
                    limits.typical_value
                )
            )
        ) as held_value

    from segmentation_values

    inner join in_force
        on segmentation_values.as_of_date = in_force.as_of_date

    inner join limits
        on
            in_force.model_version = limits.model_version
            and segmentation_values.feature = limits.feature

)

select
    as_of_date,
    is_current,
    is_sampled,
    client_id,
    model_version,
    feature,
    cast(
        coalesce(
            (held_value - lower_limit) / nullif(width, 0) * weight,
            0
        )
        as decimal(18, 9)
    ) as scaled_value

from held
