-- One row per as-of date and client with cash or credits that reduced no
-- document by then.

with

unapplied as (

    select * from {{ ref('int_unapplied') }}

)

select
    as_of_date,
    client_id,
    cast(sum(unapplied_amount) as decimal(18, 2)) as unapplied_amount

from unapplied

group by 1, 2
