-- One row per client and feature of the segmentation: the value held to the
-- limits, scaled to 0..1 and multiplied by the feature's weight. Rounded to
-- nine digits, so that sums of them are exact and the fit is the same on every
-- machine.

with

segmentation_values as (

    select * from {{ ref('segmentation_values') }}

),

limits as (

    select * from {{ ref('segmentation_limits') }}

),

held as (

    select
        segmentation_values.client_id,
        segmentation_values.feature,
        segmentation_values.is_training,
        segmentation_values.weight,
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

    inner join limits
        on segmentation_values.feature = limits.feature

)

select
    client_id,
    feature,
    cast(
        coalesce(
            cast(weight as double)
            * (held_value - lower_limit)
            / nullif(width, 0),
            0
        )
        as decimal(18, 9)
    ) as scaled_value,
    is_training

from held
