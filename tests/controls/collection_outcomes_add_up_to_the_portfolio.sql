-- Fails for each period in which segments do not add up to the row of all, and
-- for each in which that is not the portfolio's receivables and sales.

with

outcomes as (

    select * from {{ ref('collection_outcomes') }}

),

portfolio as (

    select * from {{ ref('int_levels_monthly') }}
    where level = 'portfolio'

),

summed as (

    select
        period_end_date,
        segment_code = 'all' as is_all,
        sum(opening_amount) as opening_amount,
        sum(sales_amount) as sales_amount,
        sum(collected_amount) as collected_amount,
        sum(written_off_amount) as written_off_amount,
        sum(receivables_amount) as receivables_amount,
        sum(client_count) as client_count,
        coalesce(sum(reminder_count), 0) as reminder_count,
        coalesce(sum(promise_count), 0) as promise_count

    from outcomes

    group by 1, 2

)

select
    whole.period_end_date,
    whole.receivables_amount

from summed as whole

inner join summed as parts
    on
        whole.period_end_date = parts.period_end_date
        and whole.is_all
        and not parts.is_all

where
    whole.opening_amount <> parts.opening_amount
    or whole.sales_amount <> parts.sales_amount
    or whole.collected_amount <> parts.collected_amount
    or whole.written_off_amount <> parts.written_off_amount
    or whole.receivables_amount <> parts.receivables_amount
    or whole.client_count <> parts.client_count
    or whole.reminder_count <> parts.reminder_count
    or whole.promise_count <> parts.promise_count

union all

select
    portfolio.period_end_date,
    portfolio.receivables_amount

from portfolio

left join summed
    on
        portfolio.period_end_date = summed.period_end_date
        and summed.is_all

where
    (
        portfolio.receivables_amount = summed.receivables_amount
        and portfolio.sales_amount = summed.sales_amount
    ) is not true
