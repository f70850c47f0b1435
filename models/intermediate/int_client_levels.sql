-- One row per client known by the as-of date and level that it is counted in:
-- the portfolio, its segment of the as-of date, and itself.

with

clients as (

    select * from {{ ref('clients') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

)

select
    client_id,
    'portfolio' as level,
    'all' as level_key

from clients

union all

select
    client_id,
    'segment' as level,
    segment_code as level_key

from client_segments

union all

select
    client_id,
    'client' as level,
    client_id as level_key

from clients
