-- One row per reminder that could be answered, for it was not sent after its
-- invoice was settled or written off: whether it was answered by a payment or a
-- reply within the response time, which ends on the judged date. Cash that has
-- bounced by then is no answer.

with

bounced as (

    select
        undone_payment_id,
        min(payment_date) as bounced_date

    from {{ ref('int_reversals_matched') }}

    where kind = 'reversal' and is_whole

    group by 1

),

cash as (

    select
        applications.invoice_id,
        applications.payment_date,
        bounced.bounced_date

    from {{ ref('int_applications') }} as applications

    left join bounced
        on applications.payment_id = bounced.undone_payment_id

    where applications.kind = 'cash' and applications.document_amount > 0

),

sent_too_late as (

    select reminders.reminder_id

    from {{ ref('stg_ledger__reminders') }} as reminders

    inner join {{ ref('int_invoice_states') }} as states
        on
            reminders.invoice_id = states.invoice_id
            and reminders.reminder_date > states.cleared_date
            and reminders.reminder_date >= states.from_date
            and reminders.reminder_date < states.until_date

),

paid_in_time as (

    select distinct reminders.reminder_id

    from {{ ref('stg_ledger__reminders') }} as reminders

    inner join cash
        on
            reminders.invoice_id = cash.invoice_id
            and {{ days_between('reminders.reminder_date',
                                'cash.payment_date') }}
            between 0 and {{ var('reminder_response_days') }}

    where
        cash.bounced_date is null
        or {{ days_between('reminders.reminder_date', 'cash.bounced_date') }}
        > {{ var('reminder_response_days') }}

)

select
    reminders.reminder_id,
    reminders.client_id,
    paid_in_time.reminder_id is not null
    or coalesce(
        {{ days_between('reminders.reminder_date',
                        'reminders.response_date') }}
        between 0 and {{ var('reminder_response_days') }},
        false
    ) as is_answered,
    reminders.reminder_date,
    cast(
        reminders.reminder_date + {{ var('reminder_response_days') }} as date
    ) as judged_date

from {{ ref('stg_ledger__reminders') }} as reminders

left join sent_too_late
    on reminders.reminder_id = sent_too_late.reminder_id

left join paid_in_time
    on reminders.reminder_id = paid_in_time.reminder_id

where sent_too_late.reminder_id is null
