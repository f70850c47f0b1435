-- One row per cluster of a model version, and per day and client that no model
-- scores: the persona whose ranges it fits best, and the segment its risk and
-- its value make.

with

subjects as (

    select * from {{ ref('segmentation_subjects') }}

),

personas as (

    select * from {{ ref('personas') }}

),

playbook as (

    select * from {{ ref('playbook') }}

),

valued as (

    select
        *,
        case when is_large then 'high' else 'low' end as value_level

    from subjects

),

-- how far outside a persona's ranges: ten days weigh as much as .1 of the rate.
-- The persona without ranges is for those of whom nothing is known
compared as (

    select
        valued.model_version,
        valued.cluster_id,
        valued.as_of_date,
        valued.client_id,
        valued.value_level,
        personas.persona,
        personas.persona_rank,
        personas.risk_level,
        coalesce(valued.avg_days_late, valued.late_rate) is not null
            as is_known,
        coalesce(
            personas.min_avg_days_late,
            personas.max_avg_days_late,
            personas.min_late_rate,
            personas.max_late_rate
        ) is not null as has_ranges,
        coalesce(greatest(
            personas.min_avg_days_late - valued.avg_days_late,
            valued.avg_days_late - personas.max_avg_days_late,
            0e0
        ), 0e0) / 100
        + coalesce(greatest(
            personas.min_late_rate - valued.late_rate,
            valued.late_rate - personas.max_late_rate,
            0e0
        ), 0e0) as misfit

    from valued

    inner join personas
        on personas.value_level in ('any', valued.value_level)

),

ranked as (

    select
        *,
        row_number() over (
            partition by model_version, cluster_id, as_of_date, client_id
            order by
                case when is_known = has_ranges then 0 else 1 end,
                misfit,
                persona_rank
        ) as fit_rank

    from compared

)

select
    ranked.model_version,
    ranked.cluster_id,
    ranked.as_of_date,
    ranked.client_id,
    ranked.persona,
    playbook.segment_code,
    playbook.segment_name

from ranked

inner join playbook
    on
        ranked.risk_level = playbook.risk_level
        and ranked.value_level = playbook.value_level

where ranked.fit_rank = 1
