-- One row per row of the ledger's reminders, with every rule that it breaks.

with

judged as (

    select * from {{ ref('base_ledger__reminders_judged') }}

),

repeated as (

    select * from {{ ref('base_ledger__reminders_repeated') }}

)

select
    judged.ledger_file,
    judged.ledger_row_number,
    judged.reminder_id,
    judged.client_id,
    judged.invoice_id,
    judged.channel,
    judged.level,
    judged.reminder_date,
    judged.response_date,
    case
        when repeated.place_among_same is null then judged.broken_alone
        else nullif(concat_ws(
            ', ',
            judged.broken_alone,
            case
                when repeated.place_among_same > 1 then 'reminder_duplicate'
            end
        ), '')
    end as broken_rules

from judged

left join repeated
    on
        judged.ledger_file = repeated.ledger_file
        and judged.ledger_row_number = repeated.ledger_row_number
