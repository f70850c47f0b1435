-- One row per row of the ledger's payments, typed; what cannot be read is
-- null.

with

source as (

    select * from {{ source('ledger', 'payments') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        {{ read_text('recorded_at') }} as recorded_at_text,
        {{ read_text('payment_id') }} as payment_id,
        {{ read_text('client_id') }} as client_id,
        {{ read_text('invoice_id') }} as invoice_id,
        coalesce(lower({{ read_text('kind') }}), 'cash') as kind,
        upper({{ read_text('currency_code') }}) as currency_code,
        {{ read_amount('amount') }} as amount,
        {{ read_date('payment_date') }} as payment_date,
        {{ read_timestamp('recorded_at') }} as recorded_at

    from source

)

select * from typed
