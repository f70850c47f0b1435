-- One row per window, ageing bucket at its beginning (or new) and bucket at its
-- end: the amounts of all clients, and what of them is still open.

with

followed as (

    select * from {{ ref('int_invoices_followed') }}

)

select
    step,
    begin_date,
    end_date,
    from_bucket,
    to_bucket,
    cast(sum(from_amount) as decimal(18, 2)) as from_amount,
    cast(sum(open_amount) as decimal(18, 2)) as open_amount

from followed

group by 1, 2, 3, 4, 5
