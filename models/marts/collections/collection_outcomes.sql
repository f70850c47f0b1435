-- One row per segment of the playbook, or all, and period: what was collected
-- and lost of the clients that were in the segment when the period began, so
-- that a client that pays worse does not leave the segment that failed on it.

with

followed as (

    select * from {{ ref('int_collections_followed') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

periods as (

    select
        period_end_date,
        is_partial,
        sum(period_days) over last_3_months as days_3_months,
        count(*) over last_3_months as month_count

    from {{ ref('int_periods') }}

    window last_3_months as (
        order by period_end_date rows between 2 preceding and current row
    )

),

segments as (

    select segment_code from {{ ref('segments') }}

    union all

    select 'all' as segment_code

),

counted as (

    select
        {{ all_but(['segment_code']) }},
        segment_code

    from followed

    union all

    select
        {{ all_but(['segment_code']) }},
        'all' as segment_code

    from followed

),

summed as (

    select
        segment_code,
        period_end_date,
        count(*) as client_count,
        count(*) filter (where not is_segment_of_then) as unplaced_client_count,
        sum(opening_amount) as opening_amount,
        sum(sales_amount) as sales_amount,
        sum(collected_amount) as collected_amount,
        sum(discount_amount) as discount_amount,
        sum(written_off_amount) as written_off_amount,
        sum(receivables_amount) as receivables_amount,
        sum(sales_3_months_amount) as sales_3_months_amount,
        sum(promised_amount) as promised_amount,
        sum(kept_amount) as kept_amount,
        sum(promise_count) as promise_count,
        sum(kept_promise_count) as kept_promise_count,
        sum(reminder_count) as reminder_count,
        sum(answered_count) as answered_count

    from counted

    group by 1, 2

),

-- what the ledger does not have is null, not zero
filled as (

    select
        segments.segment_code,
        periods.period_end_date,
        periods.is_partial,
        periods.days_3_months,
        periods.month_count,
        coverage.has_reminders,
        coverage.has_extension_requests,
        coalesce(summed.client_count, 0) as client_count,
        coalesce(summed.unplaced_client_count, 0) as unplaced_client_count,
        coalesce(summed.opening_amount, 0) as opening_amount,
        coalesce(summed.sales_amount, 0) as sales_amount,
        coalesce(summed.collected_amount, 0) as collected_amount,
        coalesce(summed.discount_amount, 0) as discount_amount,
        coalesce(summed.written_off_amount, 0) as written_off_amount,
        coalesce(summed.receivables_amount, 0) as receivables_amount,
        coalesce(summed.sales_3_months_amount, 0) as sales_3_months_amount,
        coalesce(summed.opening_amount + summed.sales_amount, 0)
            as collectable_amount,
        case
            when coverage.has_reminders then coalesce(summed.reminder_count, 0)
        end as reminder_count,
        case
            when coverage.has_reminders then coalesce(summed.answered_count, 0)
        end as answered_count,
        case
            when coverage.has_extension_requests
                then coalesce(summed.promise_count, 0)
        end as promise_count,
        case
            when coverage.has_extension_requests
                then coalesce(summed.kept_promise_count, 0)
        end as kept_promise_count,
        case
            when coverage.has_extension_requests
                then coalesce(summed.promised_amount, 0)
        end as promised_amount,
        case
            when coverage.has_extension_requests
                then coalesce(summed.kept_amount, 0)
        end as kept_amount

    from segments

    cross join periods

    cross join coverage

    left join summed
        on
            segments.segment_code = summed.segment_code
            and periods.period_end_date = summed.period_end_date

)

select
    period_end_date,
    segment_code,
    cast(opening_amount as decimal(18, 2)) as opening_amount,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(collected_amount as decimal(18, 2)) as collected_amount,
    cast(discount_amount as decimal(18, 2)) as discount_amount,
    cast(written_off_amount as decimal(18, 2)) as written_off_amount,
    cast(receivables_amount as decimal(18, 2)) as receivables_amount,
    cast(promised_amount as decimal(18, 2)) as promised_amount,
    cast(kept_amount as decimal(18, 2)) as kept_amount,
    cast(client_count as int) as client_count,
    cast(unplaced_client_count as int) as unplaced_client_count,
    cast(reminder_count as int) as reminder_count,
    cast(answered_count as int) as answered_reminder_count,
    cast(promise_count as int) as promise_count,
    cast(kept_promise_count as int) as kept_promise_count,
    case
        when collectable_amount > 0
            then
                cast(collected_amount as double)
                / cast(collectable_amount as double)
    end as collected_share,
    case
        when sales_3_months_amount > 0
            then
                cast(receivables_amount as double)
                / cast(sales_3_months_amount as double) * days_3_months
    end as dso,
    cast(answered_count as double) / nullif(reminder_count, 0)
        as reminder_response_rate,
    cast(kept_promise_count as double) / nullif(promise_count, 0)
        as promise_kept_rate,
    cast(kept_amount as double) / nullif(cast(promised_amount as double), 0)
        as promise_kept_share,
    nullif(concat_ws(
        ', ',
        case when client_count = 0 then 'no_clients' end,
        case when collectable_amount <= 0 then 'nothing_to_collect' end,
        case when sales_3_months_amount <= 0 then 'no_sales_in_3_months' end,
        case when month_count < 3 then 'short_history' end,
        case
            when not has_reminders then 'no_reminders_in_ledger'
            when reminder_count = 0 then 'no_reminders_judged'
        end,
        case
            when not has_extension_requests then 'no_promises_in_ledger'
            when promise_count = 0 then 'no_promises_judged'
        end,
        case when unplaced_client_count > 0 then 'segments_of_now' end,
        case when is_partial then 'month_to_date' end
    ), '') as reason

from filled
