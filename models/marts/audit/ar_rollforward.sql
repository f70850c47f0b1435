-- One row per period and currency: from the opening balance of receivables to
-- the closing one, in document currency, against the open items of the invoice
-- model. Reducing lines are negative; the lines add up.

with

periods as (

    select * from {{ ref('int_periods') }}

),

flows as (

    select * from {{ ref('int_flows_monthly') }}

),

open_items as (

    select * from {{ ref('int_open_items_monthly') }}

),

currencies as (

    select distinct currency_code from flows

),

balances as (

    select
        periods.period_end_date,
        currencies.currency_code,
        coalesce(flows.invoiced_amount, 0) as invoiced_amount,
        coalesce(flows.credited_amount, 0) as credited_amount,
        coalesce(flows.cash_amount, 0) as cash_amount,
        coalesce(flows.discount_amount, 0) as discount_amount,
        coalesce(flows.written_off_amount, 0) as written_off_amount,
        coalesce(flows.reversed_amount, 0) as reversed_amount,
        coalesce(flows.net_amount, 0) as net_amount,
        coalesce(sum(flows.net_amount) over (
            partition by currencies.currency_code
            order by periods.period_end_date
            rows between unbounded preceding and current row
        ), 0) as closing_amount,
        coalesce(sum(open_items.change_amount) over (
            partition by currencies.currency_code
            order by periods.period_end_date
            rows between unbounded preceding and current row
        ), 0) as open_items_amount

    from periods

    cross join currencies

    left join flows
        on
            periods.month_end_date = flows.month_end_date
            and currencies.currency_code = flows.currency_code

    left join open_items
        on
            periods.month_end_date = open_items.month_end_date
            and currencies.currency_code = open_items.currency_code

)

select
    period_end_date,
    currency_code,
    cast(closing_amount - net_amount as decimal(18, 2)) as opening_amount,
    cast(invoiced_amount as decimal(18, 2)) as invoiced_amount,
    cast(credited_amount as decimal(18, 2)) as credited_amount,
    cast(cash_amount as decimal(18, 2)) as cash_amount,
    cast(discount_amount as decimal(18, 2)) as discount_amount,
    cast(written_off_amount as decimal(18, 2)) as written_off_amount,
    cast(reversed_amount as decimal(18, 2)) as reversed_amount,
    cast(closing_amount as decimal(18, 2)) as closing_amount,
    cast(open_items_amount as decimal(18, 2)) as open_items_amount,
    cast(closing_amount - open_items_amount as decimal(18, 2))
        as difference_amount

from balances
