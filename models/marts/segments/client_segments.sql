-- One row per client of client_features: the segment it is in, how that was
-- found, what speaks for it, and the segment it was in at the month-end
-- before.

with

history as (

    select * from {{ ref('client_segments_monthly') }}

),

choices as (

    select * from {{ ref('segmentation_choices') }}

),

drivers as (

    select * from {{ ref('segmentation_driver_texts') }}

),

names as (

    select * from {{ ref('segmentation_names') }}

),

overrides as (

    select * from {{ ref('segment_overrides_in_force') }}

),

followed as (

    select
        *,
        lag(segment_code) over (
            partition by client_id order by as_of_date
        ) as previous_segment_code

    from history

)

select
    followed.client_id,
    followed.segment_code,
    followed.segment_name,
    followed.persona,
    followed.assignment_method,
    followed.model_version,
    followed.cluster_id,
    choices.distance,
    choices.second_cluster_id,
    names.segment_code as second_segment_code,
    choices.second_distance,
    choices.second_distance - choices.distance as margin,
    drivers.driver_1,
    drivers.driver_2,
    drivers.driver_3,
    choices.is_outlier,
    followed.cluster_id <> followed.nearest_cluster_id as is_held,
    followed.found_segment_code,
    overrides.reason as override_reason,
    overrides.expires_on as override_expires_on,
    followed.previous_segment_code,
    followed.as_of_date

from followed

left join choices
    on followed.client_id = choices.client_id

left join drivers
    on followed.client_id = drivers.client_id

left join names
    on
        choices.model_version = names.model_version
        and choices.second_cluster_id = names.cluster_id

left join overrides
    on
        followed.client_id = overrides.client_id
        and followed.as_of_date = overrides.as_of_date

where followed.is_current
