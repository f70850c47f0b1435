-- One row per open invoice: the probability that it is paid very late or never,
-- given that it is still open. By Bayes' rule: the longer it is past due, the
-- fewer of the invoices that were not very late were still open.

{{ config(materialized='table') }}

with

invoices as (

    select * from {{ ref('int_invoices_judged') }}
    where is_current = true and is_invoice and invoice_amount > 0

),

opened as (

    select * from invoices
    where is_open and outstanding_amount > 0

),

predictions as (

    select * from {{ ref('risk_predictions_in_use') }}

),

paid_in_time as (

    select
        days_late,
        count(*) as invoice_count

    from invoices

    where
        days_late < {{ var('risk_late_days') }}
        and cast(
            due_date + interval '{{ var("risk_late_days") }}' day as date
        ) <= as_of_date

    group by 1

),

waits as (

    select distinct days_past_due
    from opened

),

still_open as (

    select
        waits.days_past_due,
        sum(case
            when paid_in_time.days_late > waits.days_past_due
                then paid_in_time.invoice_count
            else 0
        end) * 1e0 / sum(paid_in_time.invoice_count) as open_share

    from waits

    cross join paid_in_time

    group by 1

)

select
    opened.invoice_id,
    opened.client_id,
    opened.days_past_due,
    opened.outstanding_amount,
    case
        when opened.days_past_due >= {{ var('risk_late_days') }} then 1e0
        else round(
            predictions.late_probability / (
                predictions.late_probability
                + (1 - predictions.late_probability)
                * coalesce(still_open.open_share, 1)
            ), 9
        )
    end as late_probability

from opened

inner join predictions
    on opened.client_id = predictions.client_id

left join still_open
    on opened.days_past_due = still_open.days_past_due
