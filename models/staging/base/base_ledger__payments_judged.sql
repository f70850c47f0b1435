-- One row per row of the ledger's payments, with the document that it is for
-- and every rule that it breaks by itself; whether its id is there twice is not
-- asked here.

with

typed as (

    select * from {{ ref('base_ledger__payments_typed') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

clients as (

    select distinct client_id from {{ ref('base_ledger__clients') }}

),

invoices as (

    select * from {{ ref('base_ledger__invoices') }}
    where broken_rules is null

),

rates as (

    select * from {{ ref('stg_ledger__exchange_rates') }}

),

matched as (

    select
        typed.*,
        invoices.invoice_id is not null as is_known_invoice,
        invoices.client_id as invoice_client_id,
        invoices.document_type,
        invoices.currency_code as invoice_currency_code,
        invoices.exchange_rate as invoice_rate,
        invoices.invoice_date,
        invoices.due_date,
        invoices.invoice_id is not null
        and {{ is_on_record('invoices.recorded_at') }} as is_applied,
        case
            when
                coalesce(
                    typed.currency_code,
                    invoices.currency_code,
                    {{ reporting_currency() }}
                ) = {{ reporting_currency() }}
                then 1
            else rates.rate_to_reporting
        end as exchange_rate,
        not coverage.has_clients or clients.client_id is not null
            as is_known_client

    from typed

    cross join coverage

    left join invoices
        on typed.invoice_id = invoices.invoice_id

    left join clients
        on typed.client_id = clients.client_id

    left join rates
        on
            coalesce(typed.currency_code, invoices.currency_code)
            = rates.currency_code
            and typed.payment_date = rates.rate_date

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when payment_id is null then 'payment_id_missing' end,
            case when client_id is null then 'payment_client_missing' end,
            case
                when client_id is not null and not is_known_client
                    then 'payment_client_unknown'
            end,
            case
                when invoice_id is not null and not is_known_invoice
                    then 'payment_invoice_unknown'
            end,
            case
                when
                    kind not in (
                        'cash',
                        'credit_note',
                        'discount',
                        'write_off',
                        'reversal'
                    )
                    then 'payment_kind_unknown'
            end,
            case when amount is null then 'payment_amount_unreadable' end,
            case when amount = 0 then 'payment_amount_zero' end,
            case when payment_date is null then 'payment_date_unreadable' end,
            case
                when {{ is_implausible('payment_date') }}
                    then 'payment_date_implausible'
            end,
            case
                when recorded_at_text is not null and recorded_at is null
                    then 'payment_recorded_at_unreadable'
            end,
            case
                when
                    {{ days_between('payment_date', 'invoice_date') }}
                    > {{ var('prepayment_tolerance_days') }}
                    then 'payment_before_issue'
            end,
            case
                when currency_code <> invoice_currency_code
                    then 'payment_currency_differs'
            end,
            case
                when
                    invoice_id is null
                    and payment_date is not null
                    and exchange_rate is null
                    then 'payment_rate_missing'
            end
        ), '') as broken_alone

    from matched

)

select
    ledger_file,
    ledger_row_number,
    payment_id,
    client_id,
    invoice_id,
    case when is_applied then invoice_client_id end as invoice_client_id,
    kind,
    case when is_applied then document_type end as document_type,
    coalesce(
        currency_code,
        invoice_currency_code,
        {{ reporting_currency() }}
    ) as currency_code,
    amount,
    cast(coalesce(exchange_rate, invoice_rate) as decimal(19, 8))
        as exchange_rate,
    case when is_applied then cast(invoice_rate as decimal(19, 8)) end
        as invoice_exchange_rate,
    is_applied,
    payment_date,
    case when is_applied then invoice_date end as invoice_date,
    case when is_applied then due_date end as due_date,
    recorded_at,
    broken_alone

from judged
