-- One row per client and feature of the segmentation: the feature's value, its
-- logarithm where the seed says so.

with

client_features as (

    select * from {{ ref('client_features') }}

),

features as (

    select * from {{ ref('segmentation_features') }}

),

measured as (

    select
        client_features.client_id,
        client_features.known_outcome_count
        >= {{ var('min_known_outcomes') }} as is_training,
        features.feature,
        features.is_logged,
        features.weight,
        case features.feature
            when 'shrunk_avg_days_late'
                then client_features.shrunk_avg_days_late
            when 'avg_days_late'
                then client_features.avg_days_late
            when 'shrunk_late_rate'
                then client_features.shrunk_late_rate
            when 'shrunk_severely_late_rate'
                then client_features.shrunk_severely_late_rate
            when 'filled_stddev_days_late'
                then client_features.filled_stddev_days_late
            when 'payment_trend_days'
                then client_features.payment_trend_days
            when 'partial_payment_ratio'
                then client_features.partial_payment_ratio
            when 'weighted_avg_days_late'
                then client_features.weighted_avg_days_late
            when 'invoice_velocity'
                then client_features.invoice_velocity
            when 'total_invoiced_amount'
                then cast(client_features.total_invoiced_amount as double)
        end as measured_value

    from client_features

    cross join features

)

select
    client_id,
    feature,
    is_training,
    weight,
    case
        when is_logged then ln(greatest(measured_value, 1e-2))
        else measured_value
    end as feature_value

from measured
