-- One row per period and currency: from the opening balance of receivables to
-- the closing one, in document currency, against the open items of the invoice
-- model. Reducing lines are negative; the lines add up.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

periods as (

    select * from {{ ref('int_periods') }}

),

flows as (

    select * from {{ ref('int_flows_monthly') }}

),

open_item_changes as (

    select * from {{ ref('int_open_items_monthly') }}

),

-- a late posting is missing from the reports of the months before it was
-- recorded, or from all of them when that was after the as-of date
late_changes as (

    select
        currency_code,
        last_day(posting_date) as month_end_date,
        receivable_change_amount as change_amount

    from {{ ref('late_postings') }}

    union all

    select
        late_postings.currency_code,
        last_day(late_postings.recorded_date) as month_end_date,
        -late_postings.receivable_change_amount as change_amount

    from {{ ref('late_postings') }} as late_postings

    inner join as_of_dates
        on late_postings.recorded_date <= as_of_dates.as_of_date

),

late_changes_summed as (

    select
        currency_code,
        month_end_date,
        sum(change_amount) as change_amount

    from late_changes

    group by 1, 2

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

-- the account is kept by posting date: it knows no other clock
accounts as (

    select * from {{ ref('stg_ledger__gl_balances') }}
    where '{{ var("clock") }}' = 'posted'

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
        coalesce(sum(open_item_changes.change_amount) over (
            partition by currencies.currency_code
            order by periods.period_end_date
            rows between unbounded preceding and current row
        ), 0) as open_items_amount,
        case
            when coverage.has_recorded_at
                then coalesce(sum(late_changes_summed.change_amount) over (
                    partition by currencies.currency_code
                    order by periods.period_end_date
                    rows between unbounded preceding and current row
                ), 0)
        end as late_posted_amount,
        accounts.receivables_balance as ledger_account_amount

    from periods

    cross join currencies

    cross join coverage

    left join flows
        on
            periods.month_end_date = flows.month_end_date
            and currencies.currency_code = flows.currency_code

    left join open_item_changes
        on
            periods.month_end_date = open_item_changes.month_end_date
            and currencies.currency_code = open_item_changes.currency_code

    left join late_changes_summed
        on
            periods.month_end_date = late_changes_summed.month_end_date
            and currencies.currency_code = late_changes_summed.currency_code

    left join accounts
        on
            periods.period_end_date = accounts.period_end_date
            and currencies.currency_code = accounts.currency_code

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
        as difference_amount,
    cast(late_posted_amount as decimal(18, 2)) as late_posted_amount,
    cast(closing_amount - late_posted_amount as decimal(18, 2))
        as known_closing_amount,
    cast(ledger_account_amount as decimal(18, 2)) as ledger_account_amount,
    cast(ledger_account_amount - closing_amount as decimal(18, 2))
        as ledger_account_difference_amount

from balances
