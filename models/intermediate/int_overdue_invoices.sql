-- One row per open invoice past due: what of it is disputed, what is promised
-- and what is left to collect, and when it was last reminded. A promise for
-- no invoice in particular is for the client's oldest.

with

invoices as (

    select * from {{ ref('invoices') }}
    where
        is_open
        and document_type = 'invoice'
        and days_past_due > 0
        and outstanding_amount > 0

),

promises as (

    select * from {{ ref('int_promises_open') }}

),

reminded as (

    select
        reminders.invoice_id,
        max(reminders.reminder_date) as reminder_date

    from {{ ref('stg_ledger__reminders') }} as reminders

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on reminders.reminder_date <= as_of_dates.as_of_date

    group by 1

),

covered as (

    select
        invoices.invoice_id,
        invoices.client_id,
        invoices.aging_bucket,
        invoices.outstanding_amount,
        invoices.days_past_due,
        invoices.due_date,
        {{ days_between('invoices.due_date', 'reminded.reminder_date') }}
            as reminded_days,
        case
            when invoices.is_disputed then invoices.outstanding_amount
            else 0
        end as disputed_amount,
        case
            when invoices.is_disputed then 0
            else least(
                invoices.outstanding_amount,
                coalesce(own.promised_amount, 0)
            )
        end as own_promised_amount,
        coalesce(general.promised_amount, 0) as general_promised_amount,
        own.promised_date as own_promised_date,
        general.promised_date as general_promised_date

    from invoices

    left join promises as own
        on invoices.invoice_id = own.invoice_id

    left join promises as general
        on
            invoices.client_id = general.client_id
            and general.invoice_id is null

    left join reminded
        on invoices.invoice_id = reminded.invoice_id

),

left_over as (

    select
        *,
        outstanding_amount - disputed_amount - own_promised_amount
            as left_amount,
        sum(outstanding_amount - disputed_amount - own_promised_amount) over (
            partition by client_id
            order by due_date, invoice_id
            rows between unbounded preceding and current row
        ) as left_so_far_amount

    from covered

),

allocated as (

    select
        *,
        greatest(
            0,
            least(
                left_amount,
                general_promised_amount - left_so_far_amount + left_amount
            )
        ) as allocated_amount

    from left_over

)

select
    invoice_id,
    client_id,
    aging_bucket,
    outstanding_amount as overdue_amount,
    cast(disputed_amount as decimal(18, 2)) as disputed_amount,
    cast(own_promised_amount + allocated_amount as decimal(18, 2))
        as promised_amount,
    cast(left_amount - allocated_amount as decimal(18, 2))
        as collectible_amount,
    days_past_due,
    reminded_days,
    greatest(
        case when own_promised_amount > 0 then own_promised_date end,
        case when allocated_amount > 0 then general_promised_date end
    ) as promised_date

from allocated
