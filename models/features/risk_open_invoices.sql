-- One row per open invoice: the probability that it is paid very late or never,
-- given that it is still open. By Bayes' rule: the longer it is past due, the
-- fewer of the client's invoices that were not very late were still open; their
-- share is drawn towards that of all clients.

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
        client_id,
        days_late,
        count(*) as invoice_count

    from invoices

    where
        days_late < {{ var('risk_late_days') }}
        and cast(
            due_date + interval '{{ var("risk_late_days") }}' day as date
        ) <= as_of_date

    group by 1, 2

),

waits as (

    select distinct
        client_id,
        days_past_due

    from opened

    where days_past_due < {{ var('risk_late_days') }}

),

all_waits as (

    select distinct days_past_due
    from waits

),

all_paid as (

    select
        days_late,
        sum(invoice_count) as invoice_count

    from paid_in_time

    group by 1

),

open_of_all as (

    select
        all_waits.days_past_due,
        sum(case
            when all_paid.days_late > all_waits.days_past_due
                then all_paid.invoice_count
            else 0
        end) * 1e0 / sum(all_paid.invoice_count) as open_share

    from all_waits

    cross join all_paid

    group by 1

),

open_of_own as (

    select
        waits.client_id,
        waits.days_past_due,
        sum(case
            when paid_in_time.days_late > waits.days_past_due
                then paid_in_time.invoice_count
            else 0
        end) as open_count,
        sum(paid_in_time.invoice_count) as invoice_count

    from waits

    inner join paid_in_time
        on waits.client_id = paid_in_time.client_id

    group by 1, 2

),

still_open as (

    select
        waits.client_id,
        waits.days_past_due,
        coalesce((
            open_of_own.open_count
            + {{ var('prior_strength_invoices') }} * open_of_all.open_share
        ) / (
            open_of_own.invoice_count + {{ var('prior_strength_invoices') }}
        ), open_of_all.open_share) as open_share

    from waits

    inner join open_of_all
        on waits.days_past_due = open_of_all.days_past_due

    left join open_of_own
        on
            waits.client_id = open_of_own.client_id
            and waits.days_past_due = open_of_own.days_past_due

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
    on
        opened.client_id = still_open.client_id
        and opened.days_past_due = still_open.days_past_due
