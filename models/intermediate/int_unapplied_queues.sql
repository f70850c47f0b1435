-- One row per payment entry that reduced no document on its day: its place
-- among the entries of its sign for its client, currency and invoice, if there
-- is one, in the order in which they came. It reaches from one amount to
-- another, and the entries of the other sign reach as far as opposite_amount.

with

entries as (

    select
        *,
        document_amount < 0 as is_taking,
        abs(document_amount) as amount,
        coalesce(invoice_id, '') as invoice_key

    from {{ ref('stg_ledger__payments') }}

    where (payment_date >= invoice_date) is not true

),

summed as (

    select
        *,
        sum(amount) over (
            partition by client_id, currency_code, invoice_key, is_taking
            order by payment_date, payment_id
            rows between unbounded preceding and current row
        ) as end_amount,
        sum(amount) over (
            partition by client_id, currency_code, invoice_key
        ) - sum(amount) over (
            partition by client_id, currency_code, invoice_key, is_taking
        ) as opposite_amount

    from entries

)

select
    payment_id,
    client_id,
    invoice_id,
    invoice_key,
    currency_code,
    kind,
    cast(end_amount - amount as decimal(18, 2)) as start_amount,
    cast(end_amount as decimal(18, 2)) as end_amount,
    cast(opposite_amount as decimal(18, 2)) as opposite_amount,
    exchange_rate,
    is_taking,
    payment_date,
    invoice_date

from summed
