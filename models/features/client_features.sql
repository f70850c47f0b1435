-- One row per client with a document or a payment by the as-of date: how it
-- pays. docs/features.md has the definitions. What the ledger cannot tell is
-- null, with its coverage flag false.

with

clients as (

    select * from {{ ref('clients') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

behavior as (

    select * from {{ ref('ftr_client_behavior') }}

),

applications as (

    select * from {{ ref('ftr_client_applications') }}

),

unapplied as (

    select * from {{ ref('ftr_client_unapplied') }}

),

reminders as (

    select * from {{ ref('ftr_client_reminders') }}

),

negotiations as (

    select * from {{ ref('ftr_client_negotiations') }}

),

credit as (

    select * from {{ ref('ftr_client_credit') }}

)

select
    clients.client_id,
    clients.industry,
    clients.company_size,
    cast(coalesce(behavior.total_invoiced_amount, 0) as decimal(18, 2))
        as total_invoiced_amount,
    cast(coalesce(behavior.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(behavior.overdue_amount, 0) as decimal(18, 2))
        as overdue_amount,
    cast(coalesce(unapplied.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    behavior.avg_invoice_amount,
    behavior.stddev_invoice_amount,
    behavior.avg_overdue_exposure_amount,
    cast(coalesce(behavior.invoice_count, 0) as int) as invoice_count,
    cast(coalesce(behavior.known_outcome_count, 0) as int)
        as known_outcome_count,
    cast(coalesce(behavior.late_count, 0) as int) as late_count,
    behavior.avg_days_late,
    behavior.median_days_late,
    behavior.max_days_late,
    behavior.stddev_days_late,
    behavior.payment_consistency_index,
    behavior.payment_consistency_cv,
    behavior.recency_weighted_days_late,
    cast(applications.amount_days as double)
    / nullif(cast(applications.weighed_amount as double), 0)
        as weighted_avg_days_late,
    behavior.on_time_rate,
    behavior.late_rate,
    behavior.shrunk_late_rate,
    behavior.severely_late_rate,
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
    cast(coalesce(behavior.outstanding_amount, 0) as double)
    / nullif(cast(clients.credit_limit_amount as double), 0)
        as credit_utilization,
    credit.credit_utilization_velocity,
    cast(reminders.answered_reminder_count as double)
    / nullif(reminders.eligible_reminder_count, 0) as reminder_response_rate,
    behavior.invoice_velocity,
    clients.company_size_rank,
    coverage.has_clients,
    coverage.has_payments,
    coverage.has_reminders,
    coverage.has_extension_requests,
    coverage.has_credit_limits,
    behavior.first_invoice_date,
    behavior.last_invoice_date,
    as_of_dates.as_of_date

from clients

cross join as_of_dates

cross join coverage

left join behavior
    on
        clients.client_id = behavior.client_id
        and as_of_dates.as_of_date = behavior.as_of_date

left join applications
    on
        clients.client_id = applications.client_id
        and as_of_dates.as_of_date = applications.as_of_date

left join unapplied
    on
        clients.client_id = unapplied.client_id
        and as_of_dates.as_of_date = unapplied.as_of_date

left join reminders
    on
        clients.client_id = reminders.client_id
        and as_of_dates.as_of_date = reminders.as_of_date

left join negotiations
    on
        clients.client_id = negotiations.client_id
        and as_of_dates.as_of_date = negotiations.as_of_date

left join credit
    on
        clients.client_id = credit.client_id
        and as_of_dates.as_of_date = credit.as_of_date

where behavior.client_id is not null or unapplied.client_id is not null
