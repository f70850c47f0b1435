-- One row per row of the ledger's invoices, with every rule that it breaks by
-- itself; whether its id is there twice is not asked here.

with

typed as (

    select * from {{ ref('base_ledger__invoices_typed') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

clients as (

    select distinct client_id from {{ ref('base_ledger__clients') }}

),

rates as (

    select * from {{ ref('stg_ledger__exchange_rates') }}

),

rated as (

    select
        typed.*,
        not coverage.has_clients or clients.client_id is not null
            as is_known_client,
        coverage.has_payments_table,
        case
            when typed.currency_code = {{ reporting_currency() }} then 1
            when typed.booked_rate_text is not null then typed.booked_rate
            else rates.rate_to_reporting
        end as exchange_rate

    from typed

    cross join coverage

    left join rates
        on
            typed.currency_code = rates.currency_code
            and typed.invoice_date = rates.rate_date

    left join clients
        on typed.client_id = clients.client_id

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when invoice_id is null then 'invoice_id_missing' end,
            case when client_id is null then 'invoice_client_missing' end,
            case
                when client_id is not null and not is_known_client
                    then 'invoice_client_unknown'
            end,
            case when amount is null then 'invoice_amount_unreadable' end,
            case when amount = 0 then 'invoice_amount_zero' end,
            case
                when document_type not in ('invoice', 'credit_note')
                    then 'invoice_document_type_unknown'
            end,
            case when invoice_date is null then 'invoice_date_unreadable' end,
            case
                when due_date is null and not is_due_date_derived
                    then 'invoice_due_date_unreadable'
                when due_date is null and invoice_date is not null
                    then 'invoice_due_date_missing'
            end,
            case
                when due_date < invoice_date then 'invoice_due_before_issue'
            end,
            case
                when
                    {{ is_implausible('invoice_date') }}
                    or {{ is_implausible('due_date') }}
                    or {{ is_implausible('payment_date') }}
                    then 'invoice_date_implausible'
            end,
            case
                when invoice_date is not null and exchange_rate is null
                    then 'invoice_rate_missing'
            end,
            case when exchange_rate <= 0 then 'invoice_rate_not_positive' end,
            case
                when
                    not is_currency_stated
                    and booked_rate_text is not null
                    and (booked_rate = 1) is not true
                    then 'invoice_currency_missing'
            end,
            case
                when payment_date_text is not null and payment_date is null
                    then 'invoice_payment_date_unreadable'
            end,
            case
                when is_disputed_text is not null and is_disputed is null
                    then 'invoice_disputed_unreadable'
            end,
            case
                when recorded_at_text is not null and recorded_at is null
                    then 'invoice_recorded_at_unreadable'
            end,
            case
                when paid_amount_text is not null and paid_amount is null
                    then 'invoice_paid_amount_unreadable'
            end,
            case
                when
                    paid_amount <> 0
                    and payment_date is null
                    and payment_date_text is null
                    and not has_payments_table
                    then 'invoice_payment_date_missing'
            end,
            case
                when
                    {{ days_between('payment_date', 'invoice_date') }}
                    > {{ var('prepayment_tolerance_days') }}
                    then 'invoice_paid_before_issue'
            end
        ), '') as broken_alone

    from rated

)

select
    ledger_file,
    ledger_row_number,
    invoice_id,
    client_id,
    case
        when
            coalesce(document_type, 'invoice') <> 'credit_note'
            and coalesce(amount, 0) >= 0
            then 'invoice'
        else 'credit_note'
    end as document_type,
    currency_code,
    amount,
    paid_amount,
    exchange_rate,
    is_disputed,
    is_due_date_derived,
    invoice_date,
    due_date,
    payment_date,
    recorded_at,
    broken_alone

from judged
