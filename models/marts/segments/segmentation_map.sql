-- One row per client with a cluster: where it lies in the plane in which
-- clients differ most (segmentation_components).

with

inputs as (

    select * from {{ ref('segmentation_inputs') }}
    where is_current = true

),

components as (

    select * from {{ ref('segmentation_components') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

placed as (

    select
        inputs.client_id,
        components.component,
        cast(sum(cast(
            (cast(inputs.scaled_value as double) - components.mean_value)
            * components.loading
            as decimal(28, 12)
        )) as double) as place,
        max(components.explained_share) as explained_share

    from inputs

    inner join components
        on inputs.feature = components.feature

    group by 1, 2

)

select
    placed.client_id,
    max(client_segments.segment_code) as segment_code,
    max(client_segments.persona) as persona,
    max(client_segments.cluster_id) as cluster_id,
    max(case when placed.component = 1 then placed.place end) as x,
    max(case when placed.component = 2 then placed.place end) as y,
    max(case when placed.component = 1 then placed.explained_share end)
        as x_explained_share,
    max(case when placed.component = 2 then placed.explained_share end)
        as y_explained_share

from placed

inner join client_segments
    on placed.client_id = client_segments.client_id

group by 1
