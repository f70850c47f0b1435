-- One row per row of the ledger's invoices whose id another row has: its place
-- among them. The first sound one is kept, by the time it was recorded, by date
-- and by content, never by its place in the file.

with

judged as (

    select * from {{ ref('base_ledger__invoices_judged') }}

),

source as (

    select * from {{ source('ledger', 'invoices') }}

),

repeated as (

    select invoice_id

    from {{ ref('base_ledger__invoices_judged') }}

    where invoice_id is not null

    group by 1

    having count(*) > 1

),

numbered as (

    select
        judged.ledger_file,
        judged.ledger_row_number,
        judged.invoice_id,
        row_number() over (
            partition by judged.invoice_id
            order by
                case
                    when {{ is_on_record('judged.recorded_at') }} then 0
                    else 1
                end,
                case when judged.broken_alone is null then 0 else 1 end,
                judged.recorded_at nulls first,
                judged.invoice_date nulls last,
                judged.due_date nulls last,
                judged.client_id nulls last,
                judged.amount nulls last,
                judged.payment_date nulls last,
                source.ledger_values,
                judged.ledger_row_number,
                judged.ledger_file
        ) as place_among_same

    from judged

    inner join repeated
        on judged.invoice_id = repeated.invoice_id

    inner join source
        on
            judged.ledger_file = source.ledger_file
            and judged.ledger_row_number = source.ledger_row_number

)

select * from numbered
