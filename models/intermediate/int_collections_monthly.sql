-- One row per client and period end with something settled or lost in that
-- month: invoices that stood settled by payment at its end, with their days
-- from issue, and by how much the loss on written-off invoices grew, or what
-- was written off on account.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

written_off as (

    select distinct invoice_id from {{ ref('int_invoice_states') }}
    where is_invoice and written_off_amount <> 0

),

-- cash or a credit for an invoice already written off lowers the loss
unrecovered as (

    select
        states.invoice_id,
        states.client_id,
        states.from_date,
        states.written_off_amount - least(
            states.written_off_amount, greatest(-states.outstanding_amount, 0)
        ) as lost_amount

    from {{ ref('int_invoice_states') }} as states

    inner join written_off
        on states.invoice_id = written_off.invoice_id

),

lost_on_invoices as (

    select
        invoice_id,
        client_id,
        from_date,
        lost_amount - coalesce(lag(lost_amount) over (
            partition by invoice_id order by from_date
        ), 0) as bad_debt_amount

    from unrecovered

),

lost as (

    select * from lost_on_invoices

    union all

    select
        invoice_id,
        client_id,
        payment_date as from_date,
        {{ in_reporting_currency('document_amount', 'exchange_rate') }}
            as bad_debt_amount

    from {{ ref('stg_ledger__payments') }}

    where kind = 'write_off' and invoice_id is null

),

changes as (

    select
        states.client_id,
        last_day(states.settled_date) as month_end_date,
        1 as settled_count,
        {{ days_between('states.invoice_date', 'states.settled_date') }}
            as settled_days,
        states.invoice_amount as settled_amount,
        0 as bad_debt_amount

    from {{ ref('int_invoice_states') }} as states

    inner join as_of_dates
        on
            states.from_date <= as_of_dates.as_of_date
            and states.from_date <= last_day(states.settled_date)
            and states.until_date > least(
                last_day(states.settled_date), as_of_dates.as_of_date
            )

    where states.is_invoice and states.paid_amount > 0

    union all

    select
        lost.client_id,
        last_day(lost.from_date) as month_end_date,
        0 as settled_count,
        0 as settled_days,
        0 as settled_amount,
        lost.bad_debt_amount

    from lost

    inner join as_of_dates
        on lost.from_date <= as_of_dates.as_of_date

    where lost.bad_debt_amount <> 0

)

select
    changes.client_id,
    least(changes.month_end_date, as_of_dates.as_of_date) as period_end_date,
    cast(sum(changes.settled_count) as int) as settled_count,
    cast(sum(changes.settled_days) as bigint) as settled_days,
    cast(sum(changes.settled_amount) as decimal(18, 2)) as settled_amount,
    cast(
        sum(cast(
            cast(changes.settled_amount as decimal(24, 2))
            * changes.settled_days as decimal(28, 2)
        )) as decimal(28, 2)
    ) as settled_amount_days,
    cast(sum(changes.bad_debt_amount) as decimal(18, 2)) as bad_debt_amount

from changes

cross join as_of_dates

group by 1, 2
