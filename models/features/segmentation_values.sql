-- One row per client, day and feature of the segmentation: the feature's
-- value, its logarithm where the seed says so.

with

clients as (

    select * from {{ ref('segmentation_clients') }}

),

features as (

    select * from {{ ref('segmentation_features') }}

),

attributes as (

    select * from {{ ref('segmentation_attributes') }}
    where {{ var('segmentation_with_attributes') }} = true

),

measured as (

    select
        clients.as_of_date,
        clients.client_id,
        clients.is_current,
        clients.is_training,
        clients.is_sampled,
        features.feature,
        features.is_logged,
        features.weight,
        case features.feature
            when 'shrunk_avg_days_late'
                then clients.shrunk_avg_days_late
            when 'avg_days_late'
                then clients.avg_days_late
            when 'shrunk_late_rate'
                then clients.shrunk_late_rate
            when 'shrunk_severely_late_rate'
                then clients.shrunk_severely_late_rate
            when 'filled_stddev_days_late'
                then clients.filled_stddev_days_late
            when 'payment_trend_days'
                then clients.payment_trend_days
            when 'partial_payment_ratio'
                then clients.partial_payment_ratio
            when 'weighted_avg_days_late'
                then clients.weighted_avg_days_late
            when 'invoice_velocity'
                then clients.invoice_velocity
            when 'total_invoiced_amount'
                then cast(clients.total_invoiced_amount as double)
        end as measured_value

    from clients

    cross join features

)

select
    as_of_date,
    client_id,
    is_current,
    is_training,
    is_sampled,
    feature,
    is_logged,
    cast(weight as double) as weight,
    case
        when is_logged then ln(greatest(measured_value, 1e-2))
        else measured_value
    end as feature_value,
    measured_value

from measured

union all

select
    as_of_date,
    client_id,
    is_current,
    is_training,
    is_sampled,
    feature,
    false as is_logged,
    0.5e0 as weight,
    feature_value,
    feature_value as measured_value

from attributes
