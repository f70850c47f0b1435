-- One row per band of the risk score: clients that are in it now and what they
-- owe; and of the last fifth of past invoices, scored when they were issued,
-- how many of those in it were very late.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

bands as (

    select * from {{ ref('risk_bands') }}

),

scores as (

    select * from {{ ref('client_risk_scores') }}

),

-- by the model; by the scorecard where there is none
tested as (

    select
        *,
        floor(100 * late_probability + 0.5) as risk_score,
        min(score_method) over () as best_method

    from {{ ref('risk_predictions') }}

    where split = 'test' and score_method in ('model', 'scorecard')

),

clients as (

    select
        bands.min_score,
        count(*) as client_count,
        sum(scores.outstanding_amount) as outstanding_amount,
        sum(scores.expected_overdue_amount) as expected_overdue_amount

    from bands

    inner join scores
        on scores.risk_score between bands.min_score and bands.max_score

    group by 1

),

invoices as (

    select
        bands.min_score,
        count(*) as invoice_count,
        sum(tested.is_very_late) as very_late_count,
        sum(cast(tested.late_probability as decimal(18, 9)))
            as expected_count

    from bands

    inner join tested
        on
            tested.risk_score between bands.min_score and bands.max_score
            and tested.score_method = tested.best_method

    group by 1

)

select
    cast(bands.min_score as int) as min_score,
    cast(bands.max_score as int) as max_score,
    bands.risk_band,
    cast(coalesce(clients.client_count, 0) as int) as client_count,
    cast(coalesce(clients.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(clients.expected_overdue_amount, 0) as decimal(18, 2))
        as expected_overdue_amount,
    cast(coalesce(invoices.invoice_count, 0) as int) as tested_invoice_count,
    cast(invoices.expected_count as double) / invoices.invoice_count
        as mean_late_probability,
    cast(invoices.very_late_count as double) / invoices.invoice_count
        as observed_late_rate,
    as_of_dates.as_of_date

from bands

cross join as_of_dates

left join clients
    on bands.min_score = clients.min_score

left join invoices
    on bands.min_score = invoices.min_score
