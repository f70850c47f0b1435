-- One row per segment and feature: how its clients' values lie beside all
-- clients', and how much of the feature's variance lies between the segments.

with

client_segments as (

    select * from {{ ref('client_segments') }}

),

measured as (

    select
        feature,
        client_id,
        measured_value,
        feature_value

    from {{ ref('segmentation_values') }}

    where is_current = true

    union all

    select
        feature,
        client_id,
        feature_value as measured_value,
        feature_value

    from {{ ref('segmentation_attributes') }}

    where
        is_current = true
        and {{ var('segmentation_with_attributes') }} = false

),

known as (

    select
        measured.*,
        client_segments.segment_code,
        cast(sum(cast(measured.feature_value as decimal(28, 9))) over (
            partition by measured.feature
        ) as double) / count(*) over (
            partition by measured.feature
        ) as overall_mean,
        cast(sum(cast(measured.feature_value as decimal(28, 9))) over (
            partition by measured.feature, client_segments.segment_code
        ) as double) / count(*) over (
            partition by measured.feature, client_segments.segment_code
        ) as segment_mean

    from measured

    inner join client_segments
        on measured.client_id = client_segments.client_id

    where measured.measured_value is not null

),

overall as (

    select
        feature,
        percentile_cont(0.5) within group (order by measured_value)
            as portfolio_median_value,
        cast(sum(cast(
            power(segment_mean - overall_mean, 2) as decimal(28, 9)
        )) as double) as squares_between,
        cast(sum(cast(
            power(feature_value - overall_mean, 2) as decimal(28, 9)
        )) as double) as squares

    from known

    group by 1

),

segments as (

    select
        segment_code,
        feature,
        count(*) as client_count,
        cast(sum(cast(measured_value as decimal(28, 9))) as double)
        / count(*) as mean_value,
        percentile_cont(0.25) within group (order by measured_value)
            as p25_value,
        percentile_cont(0.5) within group (order by measured_value)
            as median_value,
        percentile_cont(0.75) within group (order by measured_value)
            as p75_value

    from known

    group by 1, 2

)

select
    segments.segment_code,
    segments.feature,
    cast(segments.client_count as int) as client_count,
    segments.mean_value,
    segments.p25_value,
    segments.median_value,
    segments.p75_value,
    overall.portfolio_median_value,
    -- of two clients the last digit may pass one; rounding is no variance
    case
        when overall.squares > 0
            then least(overall.squares_between / overall.squares, 1e0)
    end as importance

from segments

inner join overall
    on segments.feature = overall.feature
