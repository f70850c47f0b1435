-- One row per level (portfolio, segment, client), its key and day counted from
-- the due date on which an invoice left: the share of invoices still unpaid
-- after it, by Kaplan-Meier, as a logarithm. A paid invoice leaves by payment;
-- one that is open, was written off or was credited is censored on its day.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

levels as (

    select * from {{ ref('int_client_levels') }}

),

invoices as (

    select
        states.client_id,
        states.settled_date is not null and states.paid_amount > 0 as is_paid,
        {{ days_between(
            'states.due_date',
            'coalesce(states.settled_date, states.cleared_date, '
            ~ 'as_of_dates.as_of_date)'
        ) }} as day_number

    from {{ ref('int_invoice_states') }} as states

    inner join as_of_dates
        on
            states.from_date <= as_of_dates.as_of_date
            and states.until_date > as_of_dates.as_of_date

    where states.is_invoice

),

counted as (

    select
        levels.level,
        levels.level_key,
        invoices.day_number,
        count(*) as leaving_count,
        count(*) filter (where invoices.is_paid) as paid_count

    from invoices

    inner join levels
        on invoices.client_id = levels.client_id

    group by 1, 2, 3

),

at_risk as (

    select
        *,
        sum(leaving_count) over (
            partition by level, level_key
            order by day_number desc
            rows between unbounded preceding and current row
        ) as at_risk_count

    from counted

)

-- a product, as a sum of logarithms; -1000 stands for that of zero
select
    level,
    level_key,
    cast(day_number as int) as day_number,
    cast(paid_count as int) as paid_count,
    cast(
        sum(
            case
                when paid_count = at_risk_count then -1000
                else cast(
                    ln(1e0 - cast(paid_count as double) / at_risk_count)
                    as decimal(28, 15)
                )
            end
        ) over (
            partition by level, level_key
            order by day_number
            rows between unbounded preceding and current row
        ) as decimal(28, 15)
    ) as log_unpaid_share

from at_risk
