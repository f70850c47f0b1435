-- Fails for each segment whose receipts of all weeks and expected loss are not
-- its open invoices, as expected_credit_loss has them; for each week in which
-- segments do not add up to all; and for each range that does not hold what is
-- expected.

with

forecast as (

    select * from {{ ref('cash_forecast') }}

),

opened as (

    select
        segment_code,
        sum(gross_amount) as open_amount

    from {{ ref('expected_credit_loss') }}

    group by 1

),

forecast_by_segment as (

    select
        segment_code,
        sum(
            expected_receipts_amount + expected_loss_amount + undated_amount
        ) as forecast_amount

    from forecast

    group by 1

)

select
    opened.segment_code,
    'open amount' as what

from opened

left join forecast_by_segment
    on opened.segment_code = forecast_by_segment.segment_code

where
    (opened.open_amount = forecast_by_segment.forecast_amount) is not true

union all

select
    cast(week_number as string) as segment_code,
    'segments of week' as what

from forecast

group by 1, 2

having
    sum(case when segment_code = 'all' then expected_receipts_amount else 0 end)
    <> sum(
        case when segment_code = 'all' then 0 else expected_receipts_amount end
    )

union all

select
    segment_code,
    'range' as what

from forecast

where
    p10_receipts_amount > expected_receipts_amount
    or expected_receipts_amount > p90_receipts_amount
    or cumulative_p10_amount > cumulative_receipts_amount
    or cumulative_receipts_amount > cumulative_p90_amount
