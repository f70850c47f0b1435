-- One row: how the receivables are spread over the clients that owe something
-- on balance. Clients who are owed, or even, are left out. Sums are exact;
-- only the last step divides.

with

owing as (

    select
        client_id,
        outstanding_amount

    from {{ ref('client_features') }}

    where outstanding_amount > 0

),

ranked as (

    select
        cast(outstanding_amount as decimal(19, 2)) as amount,
        cast(
            row_number() over (
                order by outstanding_amount desc, client_id asc
            ) as int
        ) as amount_rank,
        cast(count(*) over () as int) as client_count

    from owing

),

summed as (

    select
        count(*) as client_count,
        sum(amount) as amount,
        sum(case when amount_rank <= 10 then amount else 0 end)
            as top_10_amount,
        sum(amount * amount) as squared_amount,
        sum(cast(
            cast(amount as decimal(24, 2))
            * (client_count + 1 - 2 * amount_rank) as decimal(28, 2)
        )) as ranked_amount

    from ranked

)

select
    cast(client_count as int) as owing_client_count,
    -- of one client the last digit may pass one
    case
        when amount > 0
            then least(
                cast(squared_amount as double)
                / (cast(amount as double) * cast(amount as double)),
                1e0
            )
    end as receivables_hhi,
    cast(ranked_amount as double)
    / nullif(client_count * cast(amount as double), 0) as receivables_gini,
    cast(top_10_amount as double) / nullif(cast(amount as double), 0)
        as top_10_share

from summed
