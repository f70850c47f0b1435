-- One row per client with a credit limit and month-end from the ledger's first
-- document on: how much of its limit in force it used.

with

periods as (

    select * from {{ ref('int_periods') }}
    where not is_partial

),

limits as (

    select * from {{ ref('int_credit_limits_in_force') }}

),

changes as (

    select * from {{ ref('int_receivables_monthly') }}

),

begun as (

    select min(month_end_date) as first_month_end_date from changes

),

balances as (

    select
        client_id,
        month_end_date as from_month,
        lead(month_end_date, 1, cast('9999-12-31' as date)) over (
            partition by client_id order by month_end_date
        ) as until_month,
        sum(change_amount) over (
            partition by client_id
            order by month_end_date
            rows between unbounded preceding and current row
        ) as outstanding_amount

    from changes

)

select
    periods.month_end_date,
    limits.client_id,
    cast(
        extract(year from periods.month_end_date) * 12
        + extract(month from periods.month_end_date) as int
    ) as month_number,
    cast(coalesce(balances.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    limits.credit_limit_amount,
    try_cast(
        cast(coalesce(balances.outstanding_amount, 0) as double)
        / nullif(cast(limits.credit_limit_amount as double), 0)
        as decimal(24, 12)
    ) as credit_utilization

from periods

inner join limits
    on periods.month_end_date = limits.day_date

inner join begun
    on periods.month_end_date >= begun.first_month_end_date

left join balances
    on
        limits.client_id = balances.client_id
        and periods.month_end_date >= balances.from_month
        and periods.month_end_date < balances.until_month
