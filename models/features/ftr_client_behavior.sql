-- One row per feature date and client with a document: the sums of
-- ftr_client_sums divided. No cases: null, never zero.

with

sums as (

    select * from {{ ref('ftr_client_sums') }}

),

spread as (

    select
        *,
        cast(sum_of_days as double)
        / nullif(known_outcome_count, 0) as avg_days_late,
        case
            when known_outcome_count >= 3
                then sqrt(
                    cast(
                        known_outcome_count * sum_of_squared_days
                        - sum_of_days * sum_of_days as double
                    ) / (known_outcome_count * (known_outcome_count - 1e0))
                )
        end as stddev_days_late,
        case
            when invoice_count >= 3
                then sqrt(
                    cast(
                        invoice_count * sum_of_squared_amounts
                        - gross_amount * gross_amount as double
                    ) / (invoice_count * (invoice_count - 1e0))
                )
        end as stddev_invoice_amount,
        first_known_due_date <= cast(as_of_date - interval '1' year as date)
        and least(
            quarter_1_count, quarter_2_count, quarter_3_count, quarter_4_count
        ) > 0 as has_full_year,
        cast(quarter_1_late_count as double) / nullif(quarter_1_count, 0)
            as quarter_1_late_rate,
        cast(quarter_2_late_count as double) / nullif(quarter_2_count, 0)
            as quarter_2_late_rate,
        cast(quarter_3_late_count as double) / nullif(quarter_3_count, 0)
            as quarter_3_late_rate,
        cast(quarter_4_late_count as double) / nullif(quarter_4_count, 0)
            as quarter_4_late_rate

    from sums

)

select
    as_of_date,
    is_current,
    client_id,
    invoice_count,
    known_outcome_count,
    late_count,
    total_invoiced_amount,
    outstanding_amount,
    overdue_amount,
    written_off_amount,
    typical_terms_days,
    cast(gross_amount as double) / nullif(invoice_count, 0)
        as avg_invoice_amount,
    stddev_invoice_amount,
    cast(late_amount as double) / nullif(late_count, 0)
        as avg_overdue_exposure_amount,
    avg_days_late,
    max_days_late,
    stddev_days_late,
    stddev_days_late as payment_consistency_index,
    case
        when abs(avg_days_late) > 5
            then stddev_days_late / abs(avg_days_late)
    end as payment_consistency_cv,
    cast(recency_weighted_days as double)
    / nullif(cast(recency_weights as double), 0) as recency_weighted_days_late,
    cast(amount_days as double) / nullif(cast(weighed_amount as double), 0)
        as weighted_avg_days_late,
    case
        when recent_count >= 3 and known_outcome_count - recent_count >= 3
            then
                cast(recent_days as double) / recent_count
                - cast(sum_of_days - recent_days as double)
                / (known_outcome_count - recent_count)
    end as payment_trend_days,
    1 - cast(late_count as double) / nullif(known_outcome_count, 0)
        as on_time_rate,
    cast(late_count as double) / nullif(known_outcome_count, 0) as late_rate,
    case when has_full_year then quarter_1_late_rate end as late_rate_q1,
    case when has_full_year then quarter_2_late_rate end as late_rate_q2,
    case when has_full_year then quarter_3_late_rate end as late_rate_q3,
    case when has_full_year then quarter_4_late_rate end as late_rate_q4,
    case
        when has_full_year and late_count > 0
            then
                case extract(quarter from as_of_date)
                    when 1 then quarter_1_late_rate
                    when 2 then quarter_2_late_rate
                    when 3 then quarter_3_late_rate
                    else quarter_4_late_rate
                end * known_outcome_count / late_count
    end as seasonal_late_index,
    cast(severely_late_count as double) / nullif(known_outcome_count, 0)
        as severely_late_rate,
    cast(partial_count as double) / nullif(paid_or_due_count, 0)
        as partial_payment_ratio,
    cast(not_due_count as double) / nullif(aged_count, 0)
        as aging_not_due_share,
    cast(days_1_30_count as double) / nullif(aged_count, 0)
        as aging_1_30_share,
    cast(days_31_60_count as double) / nullif(aged_count, 0)
        as aging_31_60_share,
    cast(days_61_90_count as double) / nullif(aged_count, 0)
        as aging_61_90_share,
    cast(over_90_count as double) / nullif(aged_count, 0)
        as aging_over_90_share,
    cast(not_due_amount as double) / nullif(cast(aged_amount as double), 0)
        as aging_not_due_amount_share,
    cast(days_1_30_amount as double) / nullif(cast(aged_amount as double), 0)
        as aging_1_30_amount_share,
    cast(days_31_60_amount as double) / nullif(cast(aged_amount as double), 0)
        as aging_31_60_amount_share,
    cast(days_61_90_amount as double) / nullif(cast(aged_amount as double), 0)
        as aging_61_90_amount_share,
    cast(over_90_amount as double) / nullif(cast(aged_amount as double), 0)
        as aging_over_90_amount_share,
    invoice_count / greatest(
        {{ days_between('first_invoice_date', 'as_of_date') }} / 30.4375e0,
        1e0
    ) as invoice_velocity,
    first_invoice_date,
    last_invoice_date

from spread
