-- One row per row of the ledger's reminders, with every rule that it breaks by
-- itself; whether its id is there twice is not asked here.

with

source as (

    select * from {{ source('ledger', 'reminders') }}

),

clients as (

    select distinct client_id from {{ ref('base_ledger__clients') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

invoices as (

    select * from {{ ref('base_ledger__invoices') }}
    where broken_rules is null

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        {{ read_text('reminder_id') }} as reminder_id,
        {{ read_text('client_id') }} as client_id,
        {{ read_text('invoice_id') }} as invoice_id,
        {{ read_text('channel') }} as channel,
        {{ read_whole_number('level') }} as level,
        {{ read_date('reminder_date') }} as reminder_date,
        {{ read_date('response_date') }} as response_date,
        {{ read_text('response_date') }} as response_date_text

    from source

),

matched as (

    select
        typed.*,
        invoices.invoice_id as matched_invoice_id,
        not coverage.has_clients or clients.client_id is not null
            as is_known_client

    from typed

    cross join coverage

    left join invoices
        on typed.invoice_id = invoices.invoice_id

    left join clients
        on typed.client_id = clients.client_id

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when reminder_id is null then 'reminder_id_missing' end,
            case when client_id is null then 'reminder_client_missing' end,
            case
                when client_id is not null and not is_known_client
                    then 'reminder_client_unknown'
            end,
            case
                when matched_invoice_id is null then 'reminder_invoice_unknown'
            end,
            case when reminder_date is null then 'reminder_date_unreadable' end,
            case
                when {{ is_implausible('reminder_date') }}
                    then 'reminder_date_implausible'
            end,
            case
                when response_date_text is not null and response_date is null
                    then 'reminder_response_date_unreadable'
            end
        ), '') as broken_alone

    from matched

)

select
    ledger_file,
    ledger_row_number,
    reminder_id,
    client_id,
    invoice_id,
    channel,
    level,
    reminder_date,
    response_date,
    broken_alone

from judged
