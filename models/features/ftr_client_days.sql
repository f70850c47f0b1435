-- One row per feature date, client, payment terms and days late known of its
-- invoices, null where they are not due yet or written off: how many invoices,
-- and how many of them are settled. Medians and curves are read off these
-- counts: a list of values has to fit into memory, counts have not.

{{ config(materialized='table') }}

with

invoices as (

    select
        *,
        {{ days_between('invoice_date', 'due_date') }} as terms_days

    from {{ ref('int_invoices_judged') }}

    where is_invoice

)

select
    as_of_date,
    is_current,
    client_id,
    terms_days,
    known_days_late,
    count(*) as invoice_count,
    count(days_late) as settled_count

from invoices

group by 1, 2, 3, 4, 5
