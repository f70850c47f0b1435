-- One row per row of the ledger's reminders whose id another row has: its place
-- among them. The first sound one is kept, by date and content, never by
-- its place in the file.

with

judged as (

    select * from {{ ref('base_ledger__reminders_judged') }}

),

source as (

    select * from {{ source('ledger', 'reminders') }}

),

repeated as (

    select reminder_id

    from {{ ref('base_ledger__reminders_judged') }}

    where reminder_id is not null

    group by 1

    having count(*) > 1

),

numbered as (

    select
        judged.ledger_file,
        judged.ledger_row_number,
        judged.reminder_id,
        row_number() over (
            partition by judged.reminder_id
            order by
                case when judged.broken_alone is null then 0 else 1 end,
                judged.reminder_date nulls last,
                source.ledger_values,
                judged.ledger_row_number,
                judged.ledger_file
        ) as place_among_same

    from judged

    inner join repeated
        on judged.reminder_id = repeated.reminder_id

    inner join source
        on
            judged.ledger_file = source.ledger_file
            and judged.ledger_row_number = source.ledger_row_number

)

select * from numbered
