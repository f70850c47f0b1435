-- One row per scenario and open invoice of its cohort, the top clients by
-- expected overdue amount: the day it is expected to be paid, and the day in
-- the scenario.

with

scenarios as (

    select * from {{ ref('scenarios') }}

),

scores as (

    select
        client_id,
        row_number() over (
            order by expected_overdue_amount desc, client_id asc
        ) as client_rank

    from {{ ref('client_risk_scores') }}

    where expected_overdue_amount > 0

),

payments as (

    select * from {{ ref('expected_payments') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

rates as (

    select * from {{ ref('expected_credit_loss') }}

),

delayed as (

    select
        scenarios.scenario_code,
        scenarios.delay_days,
        payments.*,
        payments.days_past_due + scenarios.delay_days as delayed_days_past_due,
        cast(
            payments.expected_payment_date + scenarios.delay_days as date
        ) as scenario_payment_date

    from scenarios

    inner join scores
        on scenarios.top_n >= scores.client_rank

    inner join payments
        on scores.client_id = payments.client_id

)

select
    delayed.scenario_code,
    delayed.invoice_id,
    delayed.client_id,
    delayed.outstanding_amount,
    rates.provision_rate,
    delayed_rates.provision_rate as delayed_provision_rate,
    delayed.expected_payment_date,
    delayed.scenario_payment_date,
    delayed.as_of_date

from delayed

inner join buckets
    on {{ is_in_bucket('delayed.delayed_days_past_due', 'buckets') }}

left join rates
    on
        delayed.segment_code = rates.segment_code
        and delayed.aging_bucket = rates.aging_bucket

left join rates as delayed_rates
    on
        delayed.segment_code = delayed_rates.segment_code
        and buckets.aging_bucket = delayed_rates.aging_bucket
