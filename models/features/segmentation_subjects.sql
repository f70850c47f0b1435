-- One row per thing that is named by rule, with the measures the rules look
-- at: each cluster of a model version by its center, and on each day each
-- client that no model scores by its own features. Large is what is at or above
-- the median client; centers are rebuilt from nine digits.

with

centroids as (

    select * from {{ ref('segmentation_centroids') }}

),

clients as (

    select * from {{ ref('segmentation_clients') }}

),

in_force as (

    select * from {{ ref('segmentation_in_force') }}

),

clusters as (

    select
        model_version,
        cluster_id,
        max(case when feature = 'shrunk_avg_days_late' then center_value end)
            as avg_days_late,
        max(case when feature = 'shrunk_late_rate' then center_value end)
            as late_rate,
        max(case
            when feature = 'total_invoiced_amount'
                then center_value >= typical_value - 1e-6
        end) as is_large

    from centroids

    group by 1, 2

),

typical as (

    select
        as_of_date,
        percentile_cont(0.5) within group (
            order by cast(total_invoiced_amount as double)
        ) as invoiced_amount

    from clients

    group by 1

),

unscored as (

    select
        clients.as_of_date,
        clients.client_id,
        clients.shrunk_avg_days_late as avg_days_late,
        clients.shrunk_late_rate as late_rate,
        cast(clients.total_invoiced_amount as double)
        >= typical.invoiced_amount as is_large

    from clients

    inner join typical
        on clients.as_of_date = typical.as_of_date

    left join in_force
        on clients.as_of_date = in_force.as_of_date

    where not clients.is_training or in_force.model_version is null

)

select
    model_version,
    cluster_id,
    cast(null as date) as as_of_date,
    cast(null as string) as client_id,
    avg_days_late,
    late_rate,
    coalesce(is_large, false) as is_large

from clusters

union all

select
    cast(null as string) as model_version,
    cast(null as int) as cluster_id,
    as_of_date,
    client_id,
    avg_days_late,
    late_rate,
    coalesce(is_large, false) as is_large

from unscored
