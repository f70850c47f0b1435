-- One row per feature date and client with a document or unapplied cash by
-- then: how it pays. docs/features.md has the definitions. What the ledger
-- cannot tell is null, with its coverage flag false.

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

sizes as (

    select * from {{ ref('company_sizes') }}

),

seen as (

    select
        as_of_date,
        is_current,
        client_id

    from {{ ref('ftr_client_behavior') }}

    union

    select
        as_of_date,
        is_current,
        client_id

    from {{ ref('ftr_client_unapplied') }}

)

select
    seen.client_id,
    master_data.industry,
    master_data.company_size,
    shrunk.peer_kind,
    shrunk.peer_key,
    cast(coalesce(behavior.total_invoiced_amount, 0) as decimal(18, 2))
        as total_invoiced_amount,
    cast(coalesce(behavior.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(behavior.overdue_amount, 0) as decimal(18, 2))
        as overdue_amount,
    cast(coalesce(unapplied.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    cast(coalesce(behavior.written_off_amount, 0) as decimal(18, 2))
        as written_off_amount,
    behavior.avg_invoice_amount,
    behavior.stddev_invoice_amount,
    behavior.avg_overdue_exposure_amount,
    cast(coalesce(behavior.invoice_count, 0) as int) as invoice_count,
    cast(coalesce(behavior.known_outcome_count, 0) as int)
        as known_outcome_count,
    cast(coalesce(behavior.late_count, 0) as int) as late_count,
    behavior.avg_days_late,
    shrunk.shrunk_avg_days_late,
    survival.median_days_late,
    behavior.max_days_late,
    behavior.stddev_days_late,
    coalesce(behavior.stddev_days_late, shrunk.peer_stddev_days_late)
        as filled_stddev_days_late,
    behavior.payment_consistency_index,
    behavior.payment_consistency_cv,
    behavior.weighted_avg_days_late,
    behavior.recency_weighted_days_late,
    behavior.payment_trend_days,
    survival.expected_days_late,
    survival.expected_days_late_30,
    behavior.on_time_rate,
    behavior.late_rate,
    shrunk.shrunk_late_rate,
    behavior.severely_late_rate,
    shrunk.shrunk_severely_late_rate,
    behavior.late_rate_q1,
    behavior.late_rate_q2,
    behavior.late_rate_q3,
    behavior.late_rate_q4,
    behavior.seasonal_late_index,
    behavior.aging_not_due_share,
    behavior.aging_1_30_share,
    behavior.aging_31_60_share,
    behavior.aging_61_90_share,
    behavior.aging_over_90_share,
    behavior.aging_not_due_amount_share,
    behavior.aging_1_30_amount_share,
    behavior.aging_31_60_amount_share,
    behavior.aging_61_90_amount_share,
    behavior.aging_over_90_amount_share,
    behavior.partial_payment_ratio,
    case
        when coverage.has_extension_requests
            then coalesce(negotiations.negotiation_count, 0)
    end as negotiation_count,
    case
        when coverage.has_extension_requests
            then
                cast(coalesce(negotiations.negotiation_count, 0) as double)
                / nullif(behavior.invoice_count, 0)
    end as negotiation_rate,
    case
        when coverage.has_extension_requests
            then coalesce(promises.promise_count, 0)
    end as promise_count,
    cast(promises.kept_promise_count as double) / promises.promise_count
        as promise_kept_rate,
    cast(promises.kept_amount as double)
    / cast(promises.promised_amount as double) as promise_kept_share,
    limits.credit_limit_amount,
    cast(coalesce(behavior.outstanding_amount, 0) as double)
    / nullif(cast(limits.credit_limit_amount as double), 0)
        as credit_utilization,
    credit.credit_utilization_velocity,
    case
        when coverage.has_reminders
            then coalesce(reminders.eligible_reminder_count, 0)
    end as eligible_reminder_count,
    cast(reminders.answered_reminder_count as double)
    / reminders.eligible_reminder_count as reminder_response_rate,
    behavior.invoice_velocity,
    behavior.typical_terms_days,
    cast(sizes.company_size_rank as int) as company_size_rank,
    coverage.has_clients,
    coverage.has_payments,
    coverage.has_reminders,
    coverage.has_extension_requests,
    coverage.has_credit_limits,
    behavior.first_invoice_date,
    behavior.last_invoice_date,
    seen.as_of_date,
    seen.is_current,
    dates.is_month_end

from seen

inner join dates
    on
        seen.as_of_date = dates.as_of_date
        and seen.is_current = dates.is_current

cross join coverage

left join {{ ref('ftr_client_behavior') }} as behavior
    on
        seen.client_id = behavior.client_id
        and seen.as_of_date = behavior.as_of_date
        and seen.is_current = behavior.is_current

left join {{ ref('ftr_client_shrunk') }} as shrunk
    on
        seen.client_id = shrunk.client_id
        and seen.as_of_date = shrunk.as_of_date
        and seen.is_current = shrunk.is_current

left join {{ ref('ftr_client_survival') }} as survival
    on
        seen.client_id = survival.client_id
        and seen.as_of_date = survival.as_of_date
        and seen.is_current = survival.is_current

left join {{ ref('ftr_client_unapplied') }} as unapplied
    on
        seen.client_id = unapplied.client_id
        and seen.as_of_date = unapplied.as_of_date
        and seen.is_current = unapplied.is_current

left join {{ ref('ftr_client_reminders') }} as reminders
    on
        seen.client_id = reminders.client_id
        and seen.as_of_date = reminders.as_of_date
        and seen.is_current = reminders.is_current

left join {{ ref('ftr_client_negotiations') }} as negotiations
    on
        seen.client_id = negotiations.client_id
        and seen.as_of_date = negotiations.as_of_date
        and seen.is_current = negotiations.is_current

left join {{ ref('ftr_client_promises') }} as promises
    on
        seen.client_id = promises.client_id
        and seen.as_of_date = promises.as_of_date
        and seen.is_current = promises.is_current

left join {{ ref('ftr_client_credit') }} as credit
    on
        seen.client_id = credit.client_id
        and seen.as_of_date = credit.as_of_date
        and seen.is_current = credit.is_current

left join {{ ref('int_credit_limits_in_force') }} as limits
    on
        seen.client_id = limits.client_id
        and seen.as_of_date = limits.day_date

left join {{ ref('int_clients_in_force') }} as master_data
    on
        seen.client_id = master_data.client_id
        and seen.as_of_date = master_data.as_of_date
        and seen.is_current = master_data.is_current

left join sizes
    on master_data.company_size = sizes.company_size
