-- One row per client, period end and month of invoice with an open amount at
-- that period end: what was open then, and how old it was. Credits age from
-- their own due date, as in client_aging.

with

periods as (

    select * from {{ ref('int_periods') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

states as (

    select * from {{ ref('int_invoice_states') }}
    where outstanding_amount <> 0

),

opened as (

    select
        states.client_id,
        periods.period_end_date,
        least(last_day(states.invoice_date), as_of_dates.as_of_date)
            as invoice_period_end_date,
        states.outstanding_amount,
        greatest(states.outstanding_amount, 0) as open_invoice_amount,
        {{ days_between('states.due_date', 'periods.period_end_date') }}
            as days_aged

    from states

    inner join periods
        on
            states.from_date <= periods.period_end_date
            and states.until_date > periods.period_end_date

    cross join as_of_dates

)

select
    client_id,
    period_end_date,
    invoice_period_end_date,
    cast(sum(outstanding_amount) as decimal(18, 2)) as open_amount,
    cast(
        sum(case when days_aged <= 0 then outstanding_amount else 0 end)
        as decimal(18, 2)
    ) as not_due_amount,
    cast(sum(open_invoice_amount) as decimal(18, 2)) as open_invoice_amount,
    cast(
        sum(case when days_aged > 90 then open_invoice_amount else 0 end)
        as decimal(18, 2)
    ) as over_90_amount

from opened

group by 1, 2, 3
