-- One row per segment of the playbook: how many clients it has, what they owe
-- and how they pay, as of the as-of date.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

segments as (

    select * from {{ ref('segments') }}

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

client_features as (

    select * from {{ ref('client_features') }}

),

invoices as (

    select * from {{ ref('invoices') }}

),

sums as (

    select * from {{ ref('ftr_client_sums') }}
    where is_current = true

),

dso as (

    select * from {{ ref('dso') }}
    where level = 'segment' and method = 'rolling_3_months'

),

clients_summed as (

    select
        client_segments.segment_code,
        count(*) as client_count,
        sum(client_features.outstanding_amount) as outstanding_amount,
        sum(client_features.overdue_amount) as overdue_amount,
        sum(client_features.unapplied_amount) as unapplied_amount,
        sum(client_features.total_invoiced_amount) as total_invoiced_amount,
        sum(client_features.known_outcome_count) as known_outcome_count,
        sum(client_features.late_count) as late_count,
        sum(sums.amount_days) as amount_days,
        sum(sums.weighed_amount) as weighed_amount

    from client_segments

    inner join client_features
        on client_segments.client_id = client_features.client_id

    left join sums
        on client_segments.client_id = sums.client_id

    group by 1

),

collected as (

    select
        client_segments.segment_code,
        cast(
            sum({{ days_between('invoices.invoice_date',
                                'invoices.settled_date') }}) as double
        ) / count(*) as days_to_collect

    from invoices

    inner join client_segments
        on invoices.client_id = client_segments.client_id

    where invoices.settled_date is not null and invoices.paid_amount > 0

    group by 1

),

periods as (

    select * from {{ ref('int_periods') }}

),

portfolio as (

    select
        count(*) as client_count,
        sum(outstanding_amount) as outstanding_amount

    from client_features

)

select
    segments.segment_code,
    segments.segment_name,
    cast(coalesce(clients_summed.outstanding_amount, 0) as decimal(18, 2))
        as outstanding_amount,
    cast(coalesce(clients_summed.overdue_amount, 0) as decimal(18, 2))
        as overdue_amount,
    cast(coalesce(clients_summed.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    cast(coalesce(clients_summed.total_invoiced_amount, 0) as decimal(18, 2))
        as total_invoiced_amount,
    cast(clients_summed.outstanding_amount as double)
    / clients_summed.client_count as avg_outstanding_amount,
    segments.client_count,
    cast(segments.client_count as double)
    / nullif(portfolio.client_count, 0) as client_share,
    case
        when portfolio.outstanding_amount > 0
            then
                cast(coalesce(clients_summed.outstanding_amount, 0) as double)
                / cast(portfolio.outstanding_amount as double)
    end as outstanding_share,
    collected.days_to_collect,
    dso.dso,
    1 - cast(clients_summed.late_count as double)
    / nullif(clients_summed.known_outcome_count, 0) as on_time_rate,
    case
        when clients_summed.weighed_amount > 0
            then
                cast(clients_summed.amount_days as double)
                / cast(clients_summed.weighed_amount as double)
    end as weighted_avg_days_late,
    segments.risk_level = 'high' as is_high_risk,
    nullif(concat_ws(
        ', ',
        case when segments.client_count = 0 then 'no_clients' end,
        case
            when (portfolio.outstanding_amount > 0) is not true
                then 'nothing_outstanding'
        end,
        case when collected.days_to_collect is null then 'nothing_settled' end,
        case when dso.dso is null then 'no_sales_in_3_months' end,
        case
            when coalesce(clients_summed.known_outcome_count, 0) = 0
                then 'no_known_outcomes'
        end,
        case
            when (clients_summed.weighed_amount > 0) is not true
                then 'nothing_paid_or_overdue'
        end,
        case
            when dso.dso is not null and dso.reason <> 'month_to_date'
                then dso.reason
        end,
        case when periods.is_partial then 'month_to_date' end
    ), '') as reason,
    as_of_dates.as_of_date

from segments

cross join portfolio

cross join as_of_dates

left join periods
    on as_of_dates.as_of_date = periods.period_end_date

left join clients_summed
    on segments.segment_code = clients_summed.segment_code

left join collected
    on segments.segment_code = collected.segment_code

left join dso
    on
        segments.segment_code = dso.level_key
        and as_of_dates.as_of_date = dso.period_end_date
