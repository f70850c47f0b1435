-- One row per level (portfolio, segment, client), its key, period end and
-- month of invoice with an open amount: what was open then, and how old it
-- was.

with

levels as (

    select * from {{ ref('int_client_levels') }}

),

aged as (

    select * from {{ ref('int_receivables_aged') }}

)

select
    levels.level,
    levels.level_key,
    aged.period_end_date,
    aged.invoice_period_end_date,
    cast(sum(aged.open_amount) as decimal(18, 2)) as open_amount,
    cast(sum(aged.not_due_amount) as decimal(18, 2)) as not_due_amount,
    cast(sum(aged.open_invoice_amount) as decimal(18, 2))
        as open_invoice_amount,
    cast(sum(aged.over_90_amount) as decimal(18, 2)) as over_90_amount

from levels

inner join aged
    on levels.client_id = aged.client_id

group by 1, 2, 3, 4
