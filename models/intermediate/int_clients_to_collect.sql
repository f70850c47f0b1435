-- One row per client with something past due: what can be collected of it, and
-- how much of that would still be unpaid in a month if nobody asked. Where the
-- ledger has not seen a bucket, all of it.

with

invoices as (

    select
        *,
        row_number() over (
            partition by client_id
            order by
                case when collectible_amount > 0 then 0 else 1 end asc,
                days_past_due desc,
                reminded_days asc nulls first
        ) as work_order

    from {{ ref('int_overdue_invoices') }}

),

-- credit notes and what was overpaid, but no recovery of what was written off
credits as (

    select
        client_id,
        sum(greatest(
            -outstanding_amount - greatest(written_off_amount, 0), 0
        ))
            as usable_credit_amount

    from {{ ref('invoices') }}

    where outstanding_amount < 0

    group by 1

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

paid as (

    select
        segment_code,
        from_bucket,
        rate as paid_rate

    from {{ ref('aging_transitions') }}

    where to_bucket = 'paid'

)

select
    invoices.client_id,
    client_segments.segment_code,
    client_segments.persona,
    cast(sum(invoices.overdue_amount) as decimal(18, 2)) as overdue_amount,
    cast(sum(invoices.collectible_amount) as decimal(18, 2))
        as collectible_amount,
    cast(sum(invoices.disputed_amount) as decimal(18, 2)) as disputed_amount,
    cast(sum(invoices.promised_amount) as decimal(18, 2)) as promised_amount,
    cast(
        sum(cast(
            round(
                invoices.collectible_amount
                * cast(1 - coalesce(paid.paid_rate, 0) as decimal(19, 9)),
                2
            ) as decimal(18, 2)
        )) as decimal(18, 2)
    ) as still_unpaid_amount,
    max(invoices.days_past_due) as oldest_days_past_due,
    max(
        case when invoices.collectible_amount > 0 then invoices.days_past_due
        end
    ) as oldest_collectible_days,
    max(
        case
            when invoices.collectible_amount > 0 and invoices.work_order = 1
                then invoices.reminded_days
        end
    ) as oldest_reminded_days,
    cast(coalesce(max(credits.usable_credit_amount), 0) as decimal(18, 2))
        as usable_credit_amount,
    count(*) filter (
        where paid.paid_rate is null and invoices.collectible_amount > 0
    ) > 0 as has_unknown_rate,
    max(invoices.promised_date) as promised_date

from invoices

inner join client_segments
    on invoices.client_id = client_segments.client_id

left join credits
    on invoices.client_id = credits.client_id

left join paid
    on
        client_segments.segment_code = paid.segment_code
        and invoices.aging_bucket = paid.from_bucket

group by 1, 2, 3
