-- One row per client with a cluster: the three features that speak most for
-- it, in words, each with the client's value and the median of all clients.

with

drivers as (

    select * from {{ ref('segmentation_drivers') }}
    where contribution > 0 and driver_rank <= 3

),

segmentation_values as (

    select * from {{ ref('segmentation_values') }}
    where is_current = true

),

features as (

    select * from {{ ref('segmentation_features') }}

),

typical as (

    select
        feature,
        percentile_cont(0.5) within group (order by measured_value)
            as median_value

    from segmentation_values

    where is_training

    group by 1

),

worded as (

    select
        drivers.client_id,
        drivers.driver_rank,
        coalesce(features.label, drivers.feature)
        || ' '
        || coalesce({{ in_words(
            'segmentation_values.measured_value', 'features.unit'
        ) }}, 'not known')
        || ' (median '
        || {{ in_words('typical.median_value', 'features.unit') }}
        || ')' as driver

    from drivers

    inner join segmentation_values
        on
            drivers.client_id = segmentation_values.client_id
            and drivers.feature = segmentation_values.feature

    inner join typical
        on drivers.feature = typical.feature

    left join features
        on drivers.feature = features.feature

)

select
    client_id,
    max(case when driver_rank = 1 then driver end) as driver_1,
    max(case when driver_rank = 2 then driver end) as driver_2,
    max(case when driver_rank = 3 then driver end) as driver_3

from worded

group by 1
