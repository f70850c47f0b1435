-- One row per group of clients: the top of a chain of parents with everything
-- below it, or a client that stands alone. core.clients leads from each client
-- to its group.

with

clients as (

    select * from {{ ref('clients') }}

),

open_items as (

    select
        client_id,
        cast(
            sum(case when item_kind <> 'unapplied' then outstanding_amount end)
            as decimal(18, 2)
        ) as outstanding_amount,
        cast(
            sum(case when is_overdue then outstanding_amount end)
            as decimal(18, 2)
        ) as overdue_amount,
        cast(
            sum(case when item_kind = 'unapplied' then -outstanding_amount end)
            as decimal(18, 2)
        ) as unapplied_amount

    from {{ ref('open_items') }}

    group by 1

)

select
    clients.group_client_id,
    max(clients.client_name)
    filter (where clients.client_id = clients.group_client_id)
        as group_name,
    cast(count(*) as int) as client_count,
    cast(coalesce(sum(open_items.outstanding_amount), 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(sum(open_items.overdue_amount), 0) as decimal(18, 2))
        as overdue_amount,
    cast(coalesce(sum(open_items.unapplied_amount), 0) as decimal(18, 2))
        as unapplied_amount,
    cast(sum(clients.credit_limit_amount) as decimal(18, 2))
        as credit_limit_amount

from clients

left join open_items
    on clients.client_id = open_items.client_id

group by 1
