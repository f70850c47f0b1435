-- One row per feature date and client with a document: what its invoices say
-- of size, lateness and part payment. Sums are exact; only the last step
-- divides. Counted by case, for a filter on each takes DuckDB a tenth longer.

{{ config(materialized='table') }}

with

invoices as (

    select
        *,
        coalesce(days_past_due > 0, false) as is_overdue,
        coalesce(aging_bucket, 'none') as known_bucket,
        case when aging_bucket is null then 0 else invoice_amount end
            as bucketed_amount,
        known_days_late is not null
        and due_date > cast(as_of_date - interval '90' day as date)
            as is_recent,
        case
            when known_days_late is not null
                then cast(extract(quarter from due_date) as int)
        end as due_quarter,
        power(
            0.5e0,
            {{ days_between('invoice_date', 'as_of_date') }}
            / {{ var('recency_half_life_days') }}e0
        ) as recency_weight

    from {{ ref('int_invoices_judged') }}

),

summed as (

    select
        as_of_date,
        is_current,
        client_id,
        cast(count(case when is_invoice then 1 end) as int) as invoice_count,
        cast(
            sum(invoice_amount - credited_amount + discount_amount)
            as decimal(18, 2)
        ) as total_invoiced_amount,
        cast(sum(outstanding_amount) as decimal(18, 2)) as outstanding_amount,
        cast(
            sum(case when is_overdue then outstanding_amount else 0 end)
            as decimal(18, 2)
        ) as overdue_amount,
        cast(sum(written_off_amount) as decimal(18, 2)) as written_off_amount,
        min(invoice_date) filter (where is_invoice) as first_invoice_date,
        max(invoice_date) filter (where is_invoice) as last_invoice_date,

        sum(case when is_invoice then invoice_amount else 0 end)
            as gross_amount,
        sum(case
            when is_invoice
                then
                    cast(invoice_amount as decimal(19, 2))
                    * cast(invoice_amount as decimal(19, 2))
        end) as sum_of_squared_amounts,

        cast(count(known_days_late) as int) as known_outcome_count,
        cast(count(case when is_late then 1 end) as int) as late_count,
        cast(count(case when known_days_late > 30 then 1 end) as int)
            as severely_late_count,
        sum(cast(known_days_late as decimal(18, 0))) as sum_of_days,
        sum(cast(
            cast(known_days_late as bigint) * known_days_late
            as decimal(28, 0)
        )) as sum_of_squared_days,
        max(known_days_late) as max_days_late,
        sum(cast(known_days_late * recency_weight as decimal(38, 20)))
            as recency_weighted_days,
        sum(cast(
            case when known_days_late is not null then recency_weight end
            as decimal(38, 20)
        )) as recency_weights,
        sum(case when is_late then invoice_amount end) as late_amount,

        cast(sum(
            case when is_invoice then amount_days else 0 end
            + case
                when is_overdue
                    then cast(
                        cast(outstanding_amount as decimal(24, 2))
                        * days_past_due as decimal(28, 2)
                    )
                else 0
            end
        ) as decimal(28, 2)) as amount_days,
        cast(sum(
            case
                when is_invoice
                    then paid_amount + credited_amount
                else 0
            end
            + case when is_overdue then outstanding_amount else 0 end
        ) as decimal(18, 2)) as weighed_amount,

        cast(count(case when is_recent then 1 end) as int) as recent_count,
        sum(case when is_recent then known_days_late end) as recent_days,

        count(case
            when
                is_invoice
                and (cash_count > 0 or is_overdue or is_partially_paid)
                then 1
        end) as paid_or_due_count,
        count(case when is_partially_paid then 1 end) as partial_count,

        min(due_date) filter (where known_days_late is not null)
            as first_known_due_date,
        count(case when due_quarter = 1 then 1 end) as quarter_1_count,
        count(case when due_quarter = 2 then 1 end) as quarter_2_count,
        count(case when due_quarter = 3 then 1 end) as quarter_3_count,
        count(case when due_quarter = 4 then 1 end) as quarter_4_count,
        count(case when due_quarter = 1 and is_late then 1 end)
            as quarter_1_late_count,
        count(case when due_quarter = 2 and is_late then 1 end)
            as quarter_2_late_count,
        count(case when due_quarter = 3 and is_late then 1 end)
            as quarter_3_late_count,
        count(case when due_quarter = 4 and is_late then 1 end)
            as quarter_4_late_count,

        count(case when known_bucket <> 'none' then 1 end) as aged_count,
        count(case when known_bucket = 'not_due' then 1 end) as not_due_count,
        count(case when known_bucket = '1_30' then 1 end) as days_1_30_count,
        count(case when known_bucket = '31_60' then 1 end) as days_31_60_count,
        count(case when known_bucket = '61_90' then 1 end) as days_61_90_count,
        count(case when known_bucket = 'over_90' then 1 end) as over_90_count,
        sum(bucketed_amount) as aged_amount,
        sum(case when known_bucket = 'not_due' then bucketed_amount else 0 end)
            as not_due_amount,
        sum(case when known_bucket = '1_30' then bucketed_amount else 0 end)
            as days_1_30_amount,
        sum(case when known_bucket = '31_60' then bucketed_amount else 0 end)
            as days_31_60_amount,
        sum(case when known_bucket = '61_90' then bucketed_amount else 0 end)
            as days_61_90_amount,
        sum(case when known_bucket = 'over_90' then bucketed_amount else 0 end)
            as over_90_amount

    from invoices

    group by 1, 2, 3

)

select
    summed.*,
    terms.typical_terms_days

from summed

left join {{ ref('ftr_client_terms') }} as terms
    on
        summed.as_of_date = terms.as_of_date
        and summed.is_current = terms.is_current
        and summed.client_id = terms.client_id
