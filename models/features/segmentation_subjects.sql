-- One row per thing that is named by rule, with the three measures the rules
-- look at: each cluster by its center, and each client with too few known
-- outcomes by its own features.

with

centroids as (

    select * from {{ ref('segmentation_centroids') }}

),

limits as (

    select * from {{ ref('segmentation_limits') }}

),

features as (

    select * from {{ ref('segmentation_features') }}

),

client_features as (

    select * from {{ ref('client_features') }}
    where known_outcome_count < {{ var('min_known_outcomes') }}

),

centers as (

    select
        centroids.cluster_id,
        centroids.feature,
        features.is_logged,
        limits.lower_limit
        + centroids.center / features.weight
        * (limits.upper_limit - limits.lower_limit) as center

    from centroids

    inner join limits
        on centroids.feature = limits.feature

    inner join features
        on centroids.feature = features.feature

),

clusters as (

    select
        cluster_id,
        cast(null as string) as client_id,
        max(center) filter (where feature = 'shrunk_avg_days_late')
            as avg_days_late,
        max(center) filter (where feature = 'shrunk_late_rate')
            as late_rate,
        exp(max(center) filter (where feature = 'total_invoiced_amount'))
            as invoiced_amount

    from centers

    group by 1

),

few_outcomes as (

    select
        cast(null as int) as cluster_id,
        client_id,
        shrunk_avg_days_late as avg_days_late,
        shrunk_late_rate as late_rate,
        cast(total_invoiced_amount as double) as invoiced_amount

    from client_features

)

select * from clusters

union all

select * from few_outcomes
