-- One row per segment of the playbook, the empty ones too: what it means and
-- what to do.

with

playbook as (

    select * from {{ ref('playbook') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

clusters as (

    select
        named.segment_code,
        count(*) as cluster_count

    from {{ ref('segmentation_names') }} as named

    inner join {{ ref('segmentation_models') }} as models
        on named.model_version = models.model_version

    where models.is_in_force

    group by named.segment_code

)

select
    playbook.segment_code,
    playbook.segment_name,
    playbook.risk_level,
    playbook.value_level,
    playbook.description,
    playbook.action,
    playbook.reminder_cadence,
    playbook.payment_terms,
    cast(coalesce(max(clusters.cluster_count), 0) as int) as cluster_count,
    cast(count(client_segments.client_id) as int) as client_count,
    count(client_segments.client_id) = 0 as is_empty

from playbook

left join client_segments
    on playbook.segment_code = client_segments.segment_code

left join clusters
    on playbook.segment_code = clusters.segment_code

group by
    playbook.segment_code,
    playbook.segment_name,
    playbook.risk_level,
    playbook.value_level,
    playbook.description,
    playbook.action,
    playbook.reminder_cadence,
    playbook.payment_terms
