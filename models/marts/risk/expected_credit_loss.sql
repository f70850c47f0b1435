-- One row per segment and ageing bucket: open invoices, the share of them that
-- is never paid by the ledger's own transitions, and the loss to provide for.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

segments as (

    select * from {{ ref('segments') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

rates as (

    select
        segment_code,
        aging_bucket,
        lifetime_loss_rate,
        case
            when lifetime_loss_rate * (1 + {{ var('credit_loss_overlay') }}) > 1
                then cast(1 as decimal(19, 15))
            else cast(
                cast(lifetime_loss_rate as decimal(10, 9))
                * cast(1 + {{ var('credit_loss_overlay') }} as decimal(8, 6))
                as decimal(19, 15)
            )
        end as provision_rate

    from {{ ref('lifetime_loss_rates') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

invoices as (

    select * from {{ ref('invoices') }}

),

gross as (

    select
        client_segments.segment_code,
        invoices.aging_bucket,
        sum(invoices.outstanding_amount) as gross_amount

    from invoices

    inner join client_segments
        on invoices.client_id = client_segments.client_id

    where
        invoices.is_open
        and invoices.document_type = 'invoice'
        and invoices.outstanding_amount > 0

    group by 1, 2

)

select
    segments.segment_code,
    buckets.aging_bucket,
    cast(buckets.bucket_rank as int) as bucket_rank,
    cast(coalesce(gross.gross_amount, 0) as decimal(18, 2)) as gross_amount,
    rates.lifetime_loss_rate,
    cast({{ var('credit_loss_overlay') }} as double) as overlay_share,
    rates.provision_rate,
    cast(
        round(
            cast(coalesce(gross.gross_amount, 0) as decimal(18, 2))
            * rates.provision_rate,
            2
        ) as decimal(18, 2)
    ) as expected_loss_amount,
    case
        when rates.lifetime_loss_rate is null
            then 'The ledger has not seen where this bucket leads'
    end as reason,
    as_of_dates.as_of_date

from segments

cross join buckets

cross join as_of_dates

left join rates
    on
        segments.segment_code = rates.segment_code
        and buckets.aging_bucket = rates.aging_bucket

left join gross
    on
        segments.segment_code = gross.segment_code
        and buckets.aging_bucket = gross.aging_bucket
