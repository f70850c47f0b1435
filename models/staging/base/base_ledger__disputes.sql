-- One row per row of the ledger's disputes, with every rule that it breaks.

with

source as (

    select * from {{ source('ledger', 'disputes') }}

),

invoices as (

    select * from {{ ref('base_ledger__invoices') }}
    where broken_rules is null

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        {{ read_text('dispute_id') }} as dispute_id,
        {{ read_text('invoice_id') }} as invoice_id,
        {{ read_text('reason') }} as reason,
        {{ read_text('closed_date') }} as closed_date_text,
        {{ read_date('opened_date') }} as opened_date,
        {{ read_date('closed_date') }} as closed_date

    from source

),

matched as (

    select
        typed.*,
        invoices.invoice_id as matched_invoice_id

    from typed

    left join invoices
        on typed.invoice_id = invoices.invoice_id

),

judged_alone as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when dispute_id is null then 'dispute_id_missing' end,
            case
                when matched_invoice_id is null then 'dispute_invoice_unknown'
            end,
            case when opened_date is null then 'dispute_date_unreadable' end,
            case
                when closed_date_text is not null and closed_date is null
                    then 'dispute_closed_date_unreadable'
            end,
            case
                when closed_date < opened_date
                    then 'dispute_closed_before_opened'
            end
        ), '') as broken_alone

    from matched

),

-- of rows with one id the first sound one is kept, by date, not by place
numbered as (

    select
        *,
        row_number() over (
            partition by dispute_id
            order by
                case when broken_alone is null then 0 else 1 end,
                opened_date nulls last,
                ledger_values,
                ledger_row_number,
                ledger_file
        ) as place_among_same

    from judged_alone

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            broken_alone,
            case
                when dispute_id is not null and place_among_same > 1
                    then 'dispute_duplicate'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
