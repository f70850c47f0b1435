-- One row per payment entry for a document in another currency: its amount in
-- the reporting currency at the document's rate. Rounding the running total,
-- not each entry, lets the entries of a paid document add up to it to the cent.

with

running as (

    select
        payment_id,
        exchange_rate,
        document_amount,
        sum(document_amount) over (
            partition by invoice_id
            order by application_date, payment_date, payment_id
            rows between unbounded preceding and current row
        ) as running_amount

    from {{ ref('int_entries_posted') }}

    where exchange_rate <> 1

)

select
    payment_id,
    cast(
        round(cast(running_amount as decimal(18, 2)) * exchange_rate, 2)
        - round(
            cast(running_amount - document_amount as decimal(18, 2))
            * exchange_rate,
            2
        ) as decimal(18, 2)
    ) as applied_amount

from running
