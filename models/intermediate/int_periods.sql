-- One row per month from the first invoice or payment to the as-of date. The
-- last period ends on the as-of date and is cut short by it.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

seen as (

    select min(invoice_date) as seen_date
    from {{ ref('stg_ledger__invoices') }}

    union all

    select min(payment_date) as seen_date
    from {{ ref('stg_ledger__payments') }}

),

spans as (

    select
        as_of_dates.as_of_date,
        min(seen.seen_date) as first_date

    from seen

    inner join as_of_dates
        on seen.seen_date <= as_of_dates.as_of_date

    group by 1

),

days as (

    select
        as_of_date,
        {{ every_day('first_date', 'as_of_date') }} as day_date

    from spans

)

select distinct
    last_day(day_date) as month_end_date,
    least(last_day(day_date), as_of_date) as period_end_date,
    extract(day from least(last_day(day_date), as_of_date)) as period_days,
    last_day(day_date) > as_of_date as is_partial

from days
