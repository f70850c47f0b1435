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

lost as (

    select
        invoice_id,
        from_date,
        until_date

    from {{ ref('int_invoice_states') }}

    where is_invoice and settled_date is null and not has_open_amount

),

-- cash for a lost invoice begins another state, in which it is lost already
lost_on as (

    select
        lost.invoice_id,
        max(lost.from_date) as lost_date

    from lost

    inner join as_of_dates
        on lost.from_date <= as_of_dates.as_of_date

    left join lost as earlier
        on
            lost.invoice_id = earlier.invoice_id
            and lost.from_date = earlier.until_date

    where earlier.invoice_id is null

    group by 1

),

invoices as (

    select
        states.client_id,
        states.settled_date is not null and states.paid_amount > 0 as is_paid,
        {{ days_between(
            'states.due_date',
            'case when states.settled_date is not null '
            ~ 'then states.settled_date '
            ~ 'when states.has_open_amount then as_of_dates.as_of_date '
            ~ 'else lost_on.lost_date end'
        ) }} as day_number

    from {{ ref('int_invoice_states') }} as states

    inner join as_of_dates
        on
            states.from_date <= as_of_dates.as_of_date
            and states.until_date > as_of_dates.as_of_date

    left join lost_on
        on states.invoice_id = lost_on.invoice_id

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
