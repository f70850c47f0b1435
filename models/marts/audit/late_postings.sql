-- One row per document or payment that was recorded after the period of its
-- own date had ended: what changed a balance that had been reported already.
-- Empty where the ledger does not say when a row was recorded.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

postings as (

    select
        'invoices' as ledger_table,
        invoice_id as document_id,
        client_id,
        currency_code,
        document_amount as receivable_change_amount,
        invoice_date as posting_date,
        cast(recorded_at as date) as recorded_date

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        'payments' as ledger_table,
        payment_id as document_id,
        client_id,
        currency_code,
        -document_amount as receivable_change_amount,
        payment_date as posting_date,
        cast(recorded_at as date) as recorded_date

    from {{ ref('stg_ledger__payments') }}

)

select
    postings.ledger_table,
    postings.document_id,
    postings.client_id,
    postings.currency_code,
    cast(postings.receivable_change_amount as decimal(18, 2))
        as receivable_change_amount,
    postings.posting_date,
    postings.recorded_date,
    least(last_day(postings.posting_date), as_of_dates.as_of_date)
        as period_end_date

from postings

inner join as_of_dates
    on postings.posting_date <= as_of_dates.as_of_date

where
    postings.recorded_date
    > least(last_day(postings.posting_date), as_of_dates.as_of_date)
