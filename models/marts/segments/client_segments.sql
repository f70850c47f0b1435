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

personas as (

    select * from {{ ref('personas') }}

),

overrides as (

    select * from {{ ref('segment_overrides_in_force') }}

),

days as (

    select
        as_of_date,
        lag(as_of_date) over (order by as_of_date) as previous_date

    from (select distinct as_of_date from history) as seen_days

),

followed as (

    select
        history.*,
        case
            when
                lag(history.as_of_date) over by_client = days.previous_date
                then lag(history.segment_code) over by_client
        end as previous_segment_code

    from history

    inner join days
        on history.as_of_date = days.as_of_date

    window by_client as (
        partition by history.client_id order by history.as_of_date
    )

),

dated as (

    select
        *,
        max(case
            when coalesce(previous_segment_code <> segment_code, true)
                then as_of_date
        end) over (partition by client_id) as segment_since_date

    from followed

)

select
    dated.client_id,
    dated.segment_code,
    dated.segment_name,
    dated.persona,
    personas.action as persona_action,
    dated.assignment_method,
    dated.model_version,
    dated.cluster_id,
    choices.distance,
    choices.second_cluster_id,
    names.segment_code as second_segment_code,
    choices.second_distance,
    choices.second_distance - choices.distance as margin,
    drivers.driver_1,
    drivers.driver_2,
    drivers.driver_3,
    choices.is_outlier,
    dated.cluster_id <> dated.nearest_cluster_id as is_held,
    dated.found_segment_code,
    overrides.reason as override_reason,
    overrides.expires_on as override_expires_on,
    dated.previous_segment_code,
    dated.segment_since_date,
    dated.as_of_date

from dated

left join choices
    on dated.client_id = choices.client_id

left join drivers
    on dated.client_id = drivers.client_id

left join names
    on
        choices.model_version = names.model_version
        and choices.second_cluster_id = names.cluster_id

left join personas
    on dated.persona = personas.persona

left join overrides
    on
        dated.client_id = overrides.client_id
        and dated.as_of_date = overrides.as_of_date

where dated.is_current
