-- One row per row of the ledger's payments, with every rule that it breaks.

with

judged as (

    select * from {{ ref('base_ledger__payments_judged') }}

),

repeated as (

    select * from {{ ref('base_ledger__payments_repeated') }}

)

select
    judged.ledger_file,
    judged.ledger_row_number,
    judged.payment_id,
    judged.client_id,
    judged.invoice_id,
    judged.invoice_client_id,
    judged.kind,
    judged.document_type,
    judged.currency_code,
    judged.amount,
    judged.exchange_rate,
    judged.invoice_exchange_rate,
    judged.is_applied,
    judged.payment_date,
    judged.invoice_date,
    judged.due_date,
    judged.recorded_at,
    case
        when repeated.place_among_same is null then judged.broken_alone
        else nullif(concat_ws(
            ', ',
            judged.broken_alone,
            case
                when repeated.place_among_same > 1 then 'payment_duplicate'
            end
        ), '')
    end as broken_rules

from judged

left join repeated
    on
        judged.ledger_file = repeated.ledger_file
        and judged.ledger_row_number = repeated.ledger_row_number
