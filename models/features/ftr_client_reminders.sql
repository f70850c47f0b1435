-- One row per feature date and client with an eligible reminder: how many were
-- answered. A reminder is eligible once its response time has passed, unless
-- the invoice was settled before it was sent.

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

reminders as (

    select * from {{ ref('stg_ledger__reminders') }}

),

cash as (

    select * from {{ ref('int_applications') }}
    where kind = 'cash' and document_amount > 0

),

states as (

    select * from {{ ref('int_invoice_states') }}

),

sent_too_late as (

    select reminders.reminder_id

    from reminders

    inner join states
        on
            reminders.invoice_id = states.invoice_id
            and reminders.reminder_date > states.settled_date
            and reminders.reminder_date >= states.from_date
            and reminders.reminder_date < states.until_date

),

paid_in_time as (

    select distinct reminders.reminder_id

    from reminders

    inner join cash
        on
            reminders.invoice_id = cash.invoice_id
            and {{ days_between('reminders.reminder_date',
                                'cash.payment_date') }}
            between 0 and {{ var('reminder_response_days') }}

),

eligible as (

    select
        reminders.reminder_id,
        reminders.client_id,
        reminders.reminder_date,
        paid_in_time.reminder_id is not null
        or coalesce(
            {{ days_between('reminders.reminder_date',
                            'reminders.response_date') }}
            between 0 and {{ var('reminder_response_days') }},
            false
        ) as is_answered

    from reminders

    left join sent_too_late
        on reminders.reminder_id = sent_too_late.reminder_id

    left join paid_in_time
        on reminders.reminder_id = paid_in_time.reminder_id

    where sent_too_late.reminder_id is null

)

select
    dates.as_of_date,
    dates.is_current,
    eligible.client_id,
    cast(count(*) as int) as eligible_reminder_count,
    cast(count(*) filter (where eligible.is_answered) as int)
        as answered_reminder_count

from eligible

inner join dates
    on
        {{ days_between('eligible.reminder_date', 'dates.as_of_date') }}
        >= {{ var('reminder_response_days') }}

group by 1, 2, 3
