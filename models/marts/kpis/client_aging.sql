-- One row per client with an open item and ageing bucket, empty buckets too.
-- Credits age from their own date. Receivables of all buckets add up to what
-- the client owes.

with

open_items as (

    select
        *,
        case
            when item_kind = 'unapplied' then 'unapplied'
            when outstanding_amount < 0 then 'credit'
            else 'invoice'
        end as side

    from {{ ref('open_items') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

summed as (

    select
        client_id,
        aging_bucket,
        as_of_date,
        count(*) filter (
            where
            side = 'invoice'
            and item_kind = 'invoice'
            and not is_within_tolerance
        ) as invoice_count,
        sum(case when side = 'invoice' then outstanding_amount else 0 end)
            as invoice_amount,
        sum(case when side = 'credit' then outstanding_amount else 0 end)
            as credit_amount,
        sum(case when side = 'unapplied' then -outstanding_amount else 0 end)
            as unapplied_amount,
        sum(outstanding_amount) as receivables_amount

    from open_items

    group by 1, 2, 3

),

clients as (

    select
        client_id,
        as_of_date,
        sum(invoice_amount) as invoice_amount

    from summed

    group by 1, 2

),

spread as (

    select
        clients.client_id,
        clients.as_of_date,
        clients.invoice_amount as client_invoice_amount,
        buckets.aging_bucket,
        buckets.bucket_rank

    from clients

    cross join buckets

)

select
    spread.client_id,
    spread.aging_bucket,
    cast(spread.bucket_rank as int) as bucket_rank,
    cast(coalesce(summed.invoice_amount, 0) as decimal(18, 2))
        as open_invoice_amount,
    cast(coalesce(summed.credit_amount, 0) as decimal(18, 2))
        as open_credit_amount,
    cast(
        coalesce(summed.invoice_amount + summed.credit_amount, 0)
        as decimal(18, 2)
    ) as outstanding_amount,
    cast(coalesce(summed.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    cast(coalesce(summed.receivables_amount, 0) as decimal(18, 2))
        as receivables_amount,
    cast(coalesce(summed.invoice_count, 0) as int) as open_invoice_count,
    case
        when spread.client_invoice_amount > 0
            then
                cast(coalesce(summed.invoice_amount, 0) as double)
                / cast(spread.client_invoice_amount as double)
    end as open_invoice_share,
    spread.as_of_date

from spread

left join summed
    on
        spread.client_id = summed.client_id
        and spread.aging_bucket = summed.aging_bucket
