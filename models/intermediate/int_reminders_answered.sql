-- One row per client with a document: how likely it is to answer a reminder,
-- its own rate drawn towards that of all clients, and when it was last
-- reminded. That rate is as if one more of two had been answered, for a few
-- that were not do not show that nobody ever will; without an eligible reminder
-- of anybody it is null.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

clients as (

    select
        client_id,
        eligible_reminder_count

    from {{ ref('client_features') }}

),

reminders as (

    select * from {{ ref('ftr_client_reminders') }}
    where is_current = true

),

portfolio as (

    select
        case
            when sum(eligible_reminder_count) > 0
                then
                    cast(sum(answered_reminder_count) + 1 as double)
                    / (sum(eligible_reminder_count) + 2)
        end as response_rate

    from reminders

),

sent as (

    select
        reminders.client_id,
        max(reminders.reminder_date) as last_reminder_date

    from {{ ref('stg_ledger__reminders') }} as reminders

    inner join as_of_dates
        on reminders.reminder_date <= as_of_dates.as_of_date

    group by 1

)

select
    clients.client_id,
    clients.eligible_reminder_count,
    case
        when clients.eligible_reminder_count is not null
            then coalesce(reminders.answered_reminder_count, 0)
    end as answered_reminder_count,
    (
        coalesce(reminders.answered_reminder_count, 0)
        + {{ var('prior_strength_invoices') }} * portfolio.response_rate
    )
    / nullif(
        coalesce(reminders.eligible_reminder_count, 0)
        + {{ var('prior_strength_invoices') }},
        0
    ) as shrunk_response_rate,
    sent.last_reminder_date

from clients

cross join portfolio

left join reminders
    on clients.client_id = reminders.client_id

left join sent
    on clients.client_id = sent.client_id
