-- One row per client with a cluster: the three features that speak most for
-- it, in words, each with the client's value and the median of all clients.

with

drivers as (

    select * from {{ ref('segmentation_drivers') }}
    where contribution > 0 and driver_rank <= 3

),

choices as (

    select * from {{ ref('segmentation_choices') }}

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

    group by 1

),

looked_at as (

    select
        client_id,
        feature,
        driver_rank

    from drivers

    union all

    select
        segmentation_values.client_id,
        segmentation_values.feature,
        case segmentation_values.feature
            when 'shrunk_late_rate' then 1
            when 'shrunk_avg_days_late' then 2
            when 'total_invoiced_amount' then 3
        end as driver_rank

    from segmentation_values

    left join choices
        on segmentation_values.client_id = choices.client_id

    where choices.client_id is null

),

worded as (

    select
        looked_at.client_id,
        looked_at.driver_rank,
        coalesce(features.label, looked_at.feature)
        || ' '
        || coalesce({{ in_words(
            'segmentation_values.measured_value', 'features.unit'
        ) }}, 'not known')
        || ' (median '
        || {{ in_words('typical.median_value', 'features.unit') }}
        || ')' as driver

    from looked_at

    inner join segmentation_values
        on
            looked_at.client_id = segmentation_values.client_id
            and looked_at.feature = segmentation_values.feature

    inner join typical
        on looked_at.feature = typical.feature

    left join features
        on looked_at.feature = features.feature

    where looked_at.driver_rank is not null

)

select
    client_id,
    max(case when driver_rank = 1 then driver end) as driver_1,
    max(case when driver_rank = 2 then driver end) as driver_2,
    max(case when driver_rank = 3 then driver end) as driver_3

from worded

group by 1
