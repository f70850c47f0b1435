-- One row per client and day, the as-of date and each month-end before it: the
-- segment it was in, by the model version then in force, by rule where none
-- could say, or by an override.

with

clients as (

    select * from {{ ref('segmentation_clients') }}

),

memberships as (

    select * from {{ ref('segmentation_memberships') }}

),

names as (

    select * from {{ ref('segmentation_names') }}

),

overrides as (

    select * from {{ ref('segment_overrides_in_force') }}

),

playbook as (

    select * from {{ ref('playbook') }}

),

named as (

    select
        clients.as_of_date,
        clients.client_id,
        clients.is_current,
        clients.outstanding_amount,
        memberships.model_version,
        memberships.cluster_id,
        memberships.nearest_cluster_id,
        coalesce(of_cluster.persona, of_client.persona) as persona,
        coalesce(of_cluster.segment_code, of_client.segment_code)
            as found_segment_code

    from clients

    left join memberships
        on
            clients.client_id = memberships.client_id
            and clients.as_of_date = memberships.as_of_date

    left join names as of_cluster
        on
            memberships.model_version = of_cluster.model_version
            and memberships.cluster_id = of_cluster.cluster_id

    left join names as of_client
        on
            clients.client_id = of_client.client_id
            and clients.as_of_date = of_client.as_of_date

)

select
    named.as_of_date,
    named.client_id,
    playbook.segment_code,
    playbook.segment_name,
    playbook.risk_level,
    named.persona,
    case
        when overrides.segment_code is not null then 'override'
        when named.cluster_id is not null then 'model'
        else 'rule'
    end as assignment_method,
    named.model_version,
    named.cluster_id,
    named.nearest_cluster_id,
    named.found_segment_code,
    named.outstanding_amount,
    named.is_current

from named

left join overrides
    on
        named.client_id = overrides.client_id
        and named.as_of_date = overrides.as_of_date

inner join playbook
    on
        coalesce(overrides.segment_code, named.found_segment_code)
        = playbook.segment_code
