-- One row per client with a parent: the top of its chain of parents, up to
-- forty steps away. Parents that name each other in a ring (of twenty at most)
-- have no top: the first of their ids stands for it.

with recursive

clients as (

    select
        client_id,
        parent_client_id

    from {{ ref('int_clients_in_force') }}

    where is_current = true and parent_client_id <> client_id

),

ancestors as (

    select
        client_id,
        parent_client_id as ancestor_id,
        1 as step

    from clients

    union all

    select
        ancestors.client_id,
        clients.parent_client_id as ancestor_id,
        ancestors.step + 1 as step

    from ancestors

    inner join clients
        on ancestors.ancestor_id = clients.client_id

    where ancestors.step < 40

)

select
    client_id,
    case
        when max(step) < 40 then max_by(ancestor_id, step)
        else min(ancestor_id) filter (where step > 20)
    end as group_client_id

from ancestors

group by 1
