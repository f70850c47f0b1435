-- One row per as-of date and client that asked for more time by then.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

requests as (

    select * from {{ ref('stg_ledger__extension_requests') }}

)

select
    as_of_dates.as_of_date,
    requests.client_id,
    cast(count(*) as int) as negotiation_count

from requests

inner join as_of_dates
    on requests.request_date <= as_of_dates.as_of_date

group by 1, 2
