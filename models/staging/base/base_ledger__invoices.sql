-- One row per row of the ledger's invoices, with every rule that it breaks.

with

judged as (

    select * from {{ ref('base_ledger__invoices_judged') }}

),

repeated as (

    select * from {{ ref('base_ledger__invoices_repeated') }}

)

select
    judged.ledger_file,
    judged.ledger_row_number,
    judged.invoice_id,
    judged.client_id,
    judged.document_type,
    judged.currency_code,
    judged.amount,
    judged.paid_amount,
    judged.exchange_rate,
    judged.is_disputed,
    judged.is_due_date_derived,
    judged.invoice_date,
    judged.due_date,
    judged.payment_date,
    judged.recorded_at,
    case
        when repeated.place_among_same is null then judged.broken_alone
        else nullif(concat_ws(
            ', ',
            judged.broken_alone,
            case
                when repeated.place_among_same > 1 then 'invoice_duplicate'
            end
        ), '')
    end as broken_rules

from judged

left join repeated
    on
        judged.ledger_file = repeated.ledger_file
        and judged.ledger_row_number = repeated.ledger_row_number
