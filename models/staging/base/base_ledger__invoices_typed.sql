-- One row per row of the ledger's invoices, typed; what cannot be read is
-- null. An invoice without a due date is due by the terms of its client that
-- were in force when it was issued, and says so. A credit note is due when it
-- is issued, where it has no due date, or that of the invoice it corrects.

with

source as (

    select * from {{ source('ledger', 'invoices') }}

),

-- a version whose terms were refused is in force too, and has none
clients as (

    select
        client_id,
        valid_from,
        case when broken_rules is null then payment_terms_days end
            as payment_terms_days

    from {{ ref('base_ledger__clients') }}

    where broken_rules is null or broken_rules = 'client_terms_unreadable'

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        {{ read_text('is_disputed') }} as is_disputed_text,
        {{ read_text('payment_date') }} as payment_date_text,
        {{ read_text('paid_amount') }} as paid_amount_text,
        {{ read_text('exchange_rate') }} as booked_rate_text,
        {{ read_text('recorded_at') }} as recorded_at_text,
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
        {{ is_stated('currency_code') }} as is_currency_stated,
        not {{ is_stated('due_date') }} as is_due_date_derived,
        {{ read_date('invoice_date') }} as invoice_date,
        {{ read_date('due_date') }} as stated_due_date,
        {{ read_date('payment_date') }} as payment_date,
        {{ read_timestamp('recorded_at') }} as recorded_at

    from source

),

-- from the source again, so that only these few columns are read twice
undated as (

    select
        ledger_file,
        ledger_row_number,
        {{ read_text('client_id') }} as client_id,
        {{ read_date('invoice_date') }} as invoice_date

    from {{ source('ledger', 'invoices') }}

    where not {{ is_stated('due_date') }}

),

terms as (

    select
        undated.ledger_file,
        undated.ledger_row_number,
        clients.payment_terms_days,
        row_number() over (
            partition by undated.ledger_file, undated.ledger_row_number
            order by clients.valid_from desc nulls last
        ) as version_age

    from undated

    inner join clients
        on
            undated.client_id = clients.client_id
            and (undated.invoice_date < clients.valid_from) is not true

)

select
    typed.*,
    case
        when
            (typed.document_type = 'credit_note' or typed.amount < 0)
            and (
                typed.is_due_date_derived
                or typed.stated_due_date < typed.invoice_date
            )
            then typed.invoice_date
        when typed.is_due_date_derived
            then typed.invoice_date + terms.payment_terms_days
        else typed.stated_due_date
    end as due_date

from typed

left join terms
    on
        typed.ledger_file = terms.ledger_file
        and typed.ledger_row_number = terms.ledger_row_number
        and terms.version_age = 1
