-- One row per feature date and client with an eligible reminder: how many were
-- answered. A reminder is eligible once its response time has passed, unless
-- the invoice was settled or written off before it was sent.

{{ config(materialized='table') }}

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

reminders as (

    select * from {{ ref('int_reminders_judged') }}

)

select
    dates.as_of_date,
    dates.is_current,
    reminders.client_id,
    cast(count(*) as int) as eligible_reminder_count,
    cast(count(*) filter (where reminders.is_answered) as int)
        as answered_reminder_count

from reminders

inner join dates
    on reminders.judged_date <= dates.as_of_date

group by 1, 2, 3
