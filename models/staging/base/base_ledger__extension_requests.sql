-- One row per row of the ledger's extension requests, with every rule that it
-- breaks.

with

source as (

    select * from {{ source('ledger', 'extension_requests') }}

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
        ledger_values,
        {{ read_text('request_id') }} as request_id,
        {{ read_text('client_id') }} as client_id,
        {{ read_text('invoice_id') }} as invoice_id,
        {{ read_amount('promised_amount') }} as promised_amount,
        {{ read_date('request_date') }} as request_date,
        {{ read_date('promised_date') }} as promised_date,
        {{ read_text('promised_date') }} as promised_date_text,
        {{ read_text('promised_amount') }} as promised_amount_text

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

judged_alone as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when request_id is null then 'request_id_missing' end,
            case when client_id is null then 'request_client_missing' end,
            case
                when client_id is not null and not is_known_client
                    then 'request_client_unknown'
            end,
            case
                when invoice_id is not null and matched_invoice_id is null
                    then 'request_invoice_unknown'
            end,
            case when request_date is null then 'request_date_unreadable' end,
            case
                when
                    {{ is_implausible('request_date') }}
                    or {{ is_implausible('promised_date') }}
                    then 'request_date_implausible'
            end,
            case
                when promised_date_text is not null and promised_date is null
                    then 'request_promised_date_unreadable'
            end,
            case
                when
                    promised_amount_text is not null
                    and promised_amount is null
                    then 'request_promised_amount_unreadable'
            end,
            case
                when promised_amount <= 0
                    then 'request_promised_amount_not_positive'
            end,
            case
                when promised_date < request_date
                    then 'request_promised_before_request'
            end
        ), '') as broken_alone

    from matched

),

-- of rows with one id the first sound one is kept, by date, not by place
numbered as (

    select
        *,
        row_number() over (
            partition by request_id
            order by
                case when broken_alone is null then 0 else 1 end,
                request_date nulls last,
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
                when request_id is not null and place_among_same > 1
                    then 'request_duplicate'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
