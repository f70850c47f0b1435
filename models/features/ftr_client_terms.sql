-- One row per feature date and client with an invoice: its usual payment terms,
-- the median of those of its invoices.

{{ config(materialized='table') }}

with

counted as (

    select
        as_of_date,
        is_current,
        client_id,
        terms_days,
        sum(invoice_count) as invoice_count

    from {{ ref('ftr_client_days') }}

    group by 1, 2, 3, 4

),

ranked as (

    select
        *,
        sum(invoice_count) over (
            partition by as_of_date, is_current, client_id
            order by terms_days
            rows between unbounded preceding and current row
        ) as count_so_far,
        sum(invoice_count) over (
            partition by as_of_date, is_current, client_id
        ) as count_in_all

    from counted

)

select
    as_of_date,
    is_current,
    client_id,
    cast(round(
        {{ counted_median('terms_days', 'count_so_far', 'count_in_all') }}
    ) as int) as typical_terms_days

from ranked

group by 1, 2, 3
