-- One row per segment of the playbook and ageing bucket, empty ones too: what
-- the segment's clients owe by age. All rows add up to client_aging.

with

segments as (

    select * from {{ ref('segments') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

client_aging as (

    select * from {{ ref('client_aging') }}

),

summed as (

    select
        client_segments.segment_code,
        client_aging.aging_bucket,
        sum(client_aging.open_invoice_amount) as open_invoice_amount,
        sum(client_aging.open_credit_amount) as open_credit_amount,
        sum(client_aging.outstanding_amount) as outstanding_amount,
        sum(client_aging.unapplied_amount) as unapplied_amount,
        sum(client_aging.receivables_amount) as receivables_amount,
        sum(client_aging.open_invoice_count) as open_invoice_count,
        count(*) filter (where client_aging.open_invoice_count > 0)
            as client_count

    from client_aging

    inner join client_segments
        on client_aging.client_id = client_segments.client_id

    group by 1, 2

),

totals as (

    select
        segment_code,
        sum(open_invoice_amount) as open_invoice_amount

    from summed

    group by 1

)

select
    segments.segment_code,
    segments.segment_name,
    buckets.aging_bucket,
    cast(buckets.bucket_rank as int) as bucket_rank,
    cast(coalesce(summed.open_invoice_amount, 0) as decimal(18, 2))
        as open_invoice_amount,
    cast(coalesce(summed.open_credit_amount, 0) as decimal(18, 2))
        as open_credit_amount,
    cast(coalesce(summed.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(summed.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    cast(coalesce(summed.receivables_amount, 0) as decimal(18, 2))
        as receivables_amount,
    cast(coalesce(summed.client_count, 0) as int) as client_count,
    cast(coalesce(summed.open_invoice_count, 0) as int) as open_invoice_count,
    case
        when totals.open_invoice_amount > 0
            then
                cast(coalesce(summed.open_invoice_amount, 0) as double)
                / cast(totals.open_invoice_amount as double)
    end as open_invoice_share,
    as_of_dates.as_of_date

from segments

cross join buckets

cross join as_of_dates

left join totals
    on segments.segment_code = totals.segment_code

left join summed
    on
        segments.segment_code = summed.segment_code
        and buckets.aging_bucket = summed.aging_bucket
