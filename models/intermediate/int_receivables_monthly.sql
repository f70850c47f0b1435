-- One row per client and month in which its receivables moved, by the as-of
-- date: what was sold, net of credit notes, and by how much its open amount
-- changed. The running sum of the changes is the open amount.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

movements as (

    select
        client_id,
        invoice_date as movement_date,
        {{ in_reporting_currency('document_amount', 'exchange_rate') }}
            as sales_amount,
        {{ in_reporting_currency('document_amount', 'exchange_rate') }}
            as change_amount

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        client_id,
        application_date as movement_date,
        case when effect_kind = 'credit_note' then -applied_amount else 0 end
            as sales_amount,
        -applied_amount as change_amount

    from {{ ref('int_applications') }}

)

select
    movements.client_id,
    last_day(movements.movement_date) as month_end_date,
    cast(sum(movements.sales_amount) as decimal(18, 2)) as sales_amount,
    cast(sum(movements.change_amount) as decimal(18, 2)) as change_amount

from movements

inner join as_of_dates
    on movements.movement_date <= as_of_dates.as_of_date

group by 1, 2
