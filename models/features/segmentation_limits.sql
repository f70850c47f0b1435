-- One row per feature of the segmentation: the range that scaling maps to 0..1
-- and the median that stands in for a missing value, from training clients.

with

training as (

    select * from {{ ref('segmentation_values') }}
    where is_training

)

select
    feature,
    percentile_cont(0.02) within group (order by feature_value)
        as lower_limit,
    percentile_cont(0.5) within group (order by feature_value)
        as typical_value,
    percentile_cont(0.98) within group (order by feature_value)
        as upper_limit

from training

group by 1
