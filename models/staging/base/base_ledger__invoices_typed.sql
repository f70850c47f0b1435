-- One row per row of the ledger's invoices, typed; what cannot be read is null.

with

source as (

    select * from {{ source('ledger', 'invoices') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        {{ read_text('due_date') }} as due_date_text,
        {{ read_text('payment_date') }} as payment_date_text,
        {{ read_text('paid_amount') }} as paid_amount_text,
        {{ read_text('exchange_rate') }} as booked_rate_text,
        {{ read_text('invoice_id') }} as invoice_id,
        {{ read_text('client_id') }} as client_id,
        lower({{ read_text('document_type') }}) as document_type,
        coalesce(
            upper({{ read_text('currency_code') }}),
            {{ reporting_currency() }}
        ) as currency_code,
        {{ read_amount('amount') }} as amount,
        {{ read_amount('paid_amount') }} as paid_amount,
        {{ read_amount('exchange_rate', 'decimal(19, 8)') }} as booked_rate,
        {{ read_flag('is_disputed') }} as is_disputed,
        {{ read_date('invoice_date') }} as invoice_date,
        {{ read_date('due_date') }} as due_date,
        {{ read_date('payment_date') }} as payment_date,
        try_cast(recorded_at as timestamp) as recorded_at

    from source

)

select * from typed
