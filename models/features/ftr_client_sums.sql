-- One row per as-of date and client with a document: what its invoices say of
-- size, lateness and part payment. Sums are exact; only the last step divides.

with

invoices as (

    select * from {{ ref('int_invoices_judged') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

bucketed as (

    select
        invoices.*,
        coalesce(buckets.aging_bucket, 'none') as aging_bucket,
        case
            when buckets.aging_bucket is null then 0
            else invoices.invoice_amount
        end as bucketed_amount,
        coalesce(invoices.days_past_due > 0, false) as is_overdue,
        cast(
            power(
                0.5e0,
                {{ days_between('invoices.invoice_date',
                                'invoices.as_of_date') }}
                / {{ var('recency_half_life_days') }}e0
            ) as decimal(24, 15)
        ) as recency_weight

    from invoices

    left join buckets
        on
            coalesce(invoices.days_late, invoices.days_past_due)
            between buckets.min_days and buckets.max_days

),

summed as (

    select
        as_of_date,
        client_id,
        cast(count(*) filter (where is_invoice) as int) as invoice_count,
        cast(
            sum(invoice_amount - credited_amount + discount_amount)
            as decimal(18, 2)
        ) as total_invoiced_amount,
        cast(sum(outstanding_amount) as decimal(18, 2)) as outstanding_amount,
        cast(
            sum(case when is_overdue then outstanding_amount else 0 end)
            as decimal(18, 2)
        ) as overdue_amount,
        min(invoice_date) filter (where is_invoice) as first_invoice_date,
        max(invoice_date) filter (where is_invoice) as last_invoice_date,

        sum(case when is_invoice then invoice_amount else 0 end)
            as gross_amount,
        sum(case
            when is_invoice
                then
                    cast(invoice_amount as decimal(19, 2))
                    * cast(invoice_amount as decimal(19, 2))
        end)
            as sum_of_squared_amounts,

        cast(count(known_days_late) as int) as known_outcome_count,
        cast(count(*) filter (where is_late) as int) as late_count,
        cast(count(*) filter (where known_days_late > 30) as int)
            as severely_late_count,
        sum(cast(known_days_late as decimal(18, 0))) as sum_of_days,
        sum(cast(
            cast(known_days_late as bigint) * known_days_late
            as decimal(28, 0)
        )) as sum_of_squared_days,
        percentile_cont(0.5) within group (order by known_days_late)
            as median_days_late,
        max(known_days_late) as max_days_late,
        sum(known_days_late * recency_weight) as recency_weighted_days,
        sum(case when known_days_late is not null then recency_weight end)
            as recency_weights,
        sum(case when is_late then invoice_amount end) as late_amount,

        count(*) filter (
            where
            is_invoice
            and (cash_count > 0 or is_overdue or is_partially_paid)
        ) as paid_or_due_count,
        count(*) filter (where is_partially_paid) as partial_count,

        count(*) filter (where aging_bucket <> 'none') as aged_count,
        count(*) filter (where aging_bucket = 'not_due') as not_due_count,
        count(*) filter (where aging_bucket = '1_30') as days_1_30_count,
        count(*) filter (where aging_bucket = '31_60') as days_31_60_count,
        count(*) filter (where aging_bucket = '61_90') as days_61_90_count,
        count(*) filter (where aging_bucket = 'over_90') as over_90_count,
        sum(bucketed_amount) as aged_amount,
        sum(case when aging_bucket = 'not_due' then bucketed_amount else 0 end)
            as not_due_amount,
        sum(case when aging_bucket = '1_30' then bucketed_amount else 0 end)
            as days_1_30_amount,
        sum(case when aging_bucket = '31_60' then bucketed_amount else 0 end)
            as days_31_60_amount,
        sum(case when aging_bucket = '61_90' then bucketed_amount else 0 end)
            as days_61_90_amount,
        sum(case when aging_bucket = 'over_90' then bucketed_amount else 0 end)
            as over_90_amount

    from bucketed

    group by 1, 2

)

select * from summed
