-- One row per accepted reminder.

with

reminders as (

    select * from {{ ref('base_ledger__reminders') }}
    where broken_rules is null

)

select
    reminder_id,
    client_id,
    invoice_id,
    channel,
    level,
    reminder_date,
    response_date

from reminders
