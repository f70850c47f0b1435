-- One row per segment, or all, ageing bucket (or new, what a month bills) and
-- place a month later: what share of the amount goes there. The rates of a
-- bucket add up to one.

with

moves as (

    select * from {{ ref('int_bucket_moves') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

segments as (

    select segment_code from {{ ref('segments') }}

    union all

    select 'all' as segment_code

),

month_counts as (

    select count(*) as month_count
    from {{ ref('int_forecast_windows') }}
    where step = 'month' and recency_rank <= {{ var('transition_months') }}

),

origins as (

    select
        aging_bucket as from_bucket,
        bucket_rank as from_rank
    from buckets

    union all

    select
        'new' as from_bucket,
        0 as from_rank

),

recent as (

    select
        moves.*,
        client_segments.segment_code

    from moves

    inner join client_segments
        on moves.client_id = client_segments.client_id

),

counted as (

    select * from recent

    union all

    select
        {{ all_but(['segment_code']) }},
        'all' as segment_code

    from recent

),

totals as (

    select
        segment_code,
        from_bucket,
        sum(from_amount) as from_amount,
        sum(invoice_count) as invoice_count,
        sum(paid_amount) as paid_amount,
        sum(written_off_amount) as written_off_amount

    from counted

    group by 1, 2

),

places as (

    select
        segment_code,
        from_bucket,
        to_bucket,
        sum(open_amount) as amount

    from counted

    group by 1, 2, 3

    union all

    select
        segment_code,
        from_bucket,
        'paid' as to_bucket,
        paid_amount as amount

    from totals

    union all

    select
        segment_code,
        from_bucket,
        'written_off' as to_bucket,
        written_off_amount as amount

    from totals

),

destinations as (

    select
        aging_bucket as to_bucket,
        bucket_rank as to_rank
    from buckets

    union all

    select
        'paid' as to_bucket,
        6 as to_rank

    union all

    select
        'written_off' as to_bucket,
        7 as to_rank

),

measured as (

    select
        segments.segment_code,
        origins.from_bucket,
        origins.from_rank,
        destinations.to_bucket,
        destinations.to_rank,
        coalesce(totals.invoice_count, 0) as invoice_count,
        coalesce(totals.from_amount, 0) as from_amount,
        coalesce(places.amount, 0) as amount,
        cast(coalesce(places.amount, 0) as double)
        / nullif(cast(totals.from_amount as double), 0) as observed_rate

    from segments

    cross join origins

    cross join destinations

    left join totals
        on
            segments.segment_code = totals.segment_code
            and origins.from_bucket = totals.from_bucket

    left join places
        on
            segments.segment_code = places.segment_code
            and origins.from_bucket = places.from_bucket
            and destinations.to_bucket = places.to_bucket

)

select
    measured.segment_code,
    measured.from_bucket,
    measured.to_bucket,
    cast(measured.from_rank as int) as from_rank,
    cast(measured.to_rank as int) as to_rank,
    cast(measured.amount as decimal(18, 2)) as amount,
    cast(measured.from_amount as decimal(18, 2)) as from_amount,
    cast(measured.invoice_count as int) as invoice_count,
    cast(month_counts.month_count as int) as month_count,
    measured.observed_rate,
    coalesce(
        (
            measured.invoice_count * coalesce(measured.observed_rate, 0)
            + {{ var('prior_strength_invoices') }} * portfolio.observed_rate
        )
        / nullif(
            measured.invoice_count + {{ var("prior_strength_invoices") }}, 0
        ),
        portfolio.observed_rate
    ) as rate

from measured

inner join measured as portfolio
    on
        measured.from_bucket = portfolio.from_bucket
        and measured.to_bucket = portfolio.to_bucket
        and portfolio.segment_code = 'all'

cross join month_counts
