-- One row per moment at which a risk is judged: the issue of an invoice whose
-- outcome is known now, and for each client the day after the as-of date, with
-- an invoice like those before.

{{ config(materialized='table') }}

with

invoices as (

    select
        *,
        cast(
            due_date + interval '{{ var("risk_late_days") }}' day as date
        ) as judged_date

    from {{ ref('int_invoices_judged') }}

    where is_current = true and is_invoice and invoice_amount > 0

),

ranked as (

    select
        *,
        row_number() over (order by invoice_date, invoice_id) as place,
        count(*) over () as invoice_count

    from invoices

    where judged_date <= as_of_date

),

-- of many invoices a part, evenly spaced
sampled as (

    select
        *,
        row_number() over (order by place) as sample_place,
        count(*) over () as sample_count

    from ranked

    where
        floor(
            place * {{ var('risk_max_invoices') }}e0
            / greatest(invoice_count, {{ var('risk_max_invoices') }})
        ) > floor(
            (place - 1) * {{ var('risk_max_invoices') }}e0
            / greatest(invoice_count, {{ var('risk_max_invoices') }})
        )

),

cut as (

    select min(invoice_date) as test_date
    from sampled
    where sample_place * 5 > sample_count * 4

),

clients as (

    select
        client_id,
        as_of_date,
        {{ share_of('sum(invoice_amount)', '1', 'count(*)') }}
            as invoice_amount,
        floor(
            avg({{ days_between('invoice_date', 'due_date') }}) + 0.5
        ) as terms_days

    from invoices

    group by 1, 2

)

select
    'invoice ' || sampled.invoice_id as moment_id,
    sampled.client_id,
    sampled.invoice_date as moment_date,
    case
        when sampled.sample_place * 5 > sampled.sample_count * 4 then 'test'
        when sampled.judged_date < cut.test_date then 'train'
        else 'between'
    end as split,
    cast(sampled.invoice_amount as decimal(18, 2)) as invoice_amount,
    {{ days_between('sampled.invoice_date', 'sampled.due_date') }}
        as terms_days,
    case
        when sampled.days_late is null then 1
        when sampled.days_late >= {{ var('risk_late_days') }} then 1
        else 0
    end as is_very_late

from sampled

cross join cut

union all

select
    'next of ' || client_id as moment_id,
    client_id,
    cast(as_of_date + interval '1' day as date) as moment_date,
    'next' as split,
    invoice_amount,
    cast(terms_days as int) as terms_days,
    cast(null as int) as is_very_late

from clients
