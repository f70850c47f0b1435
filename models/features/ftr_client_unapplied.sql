-- One row per as-of date and client with cash that is applied to no document,
-- at the rate of the day it came in.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}
    where invoice_id is null

)

select
    as_of_dates.as_of_date,
    payments.client_id,
    cast(
        sum(round(payments.document_amount * payments.exchange_rate, 2))
        as decimal(18, 2)
    ) as unapplied_amount

from payments

inner join as_of_dates
    on payments.payment_date <= as_of_dates.as_of_date

group by 1, 2
