-- One row per feature date and client that asked for more time by then.

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

requests as (

    select * from {{ ref('stg_ledger__extension_requests') }}

)

select
    dates.as_of_date,
    dates.is_current,
    requests.client_id,
    cast(count(*) as int) as negotiation_count

from requests

inner join dates
    on requests.request_date <= dates.as_of_date

group by 1, 2, 3
