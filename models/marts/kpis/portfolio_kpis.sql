-- One row: all clients on the as-of date. What they owe, how much of it is at
-- risk or of clients too new to be scored, and how fast and from whom it comes
-- in.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

segments as (

    select
        sum(client_count) as client_count,
        sum(case when is_high_risk then client_count else 0 end)
            as high_risk_client_count,
        sum(outstanding_amount) as outstanding_amount,
        sum(overdue_amount) as overdue_amount,
        sum(unapplied_amount) as unapplied_amount,
        sum(case when is_high_risk then outstanding_amount else 0 end)
            as high_risk_outstanding_amount

    from {{ ref('segment_kpis') }}

),

unscored as (

    select
        count(*) as client_count,
        sum(client_features.outstanding_amount) as outstanding_amount

    from {{ ref('client_segments') }} as client_segments

    inner join {{ ref('client_features') }} as client_features
        on client_segments.client_id = client_features.client_id

    where client_segments.assignment_method = 'rule'

),

collected as (

    select
        cast(
            sum({{ days_between('invoice_date', 'settled_date') }}) as double
        ) / nullif(count(*), 0) as days_to_collect

    from {{ ref('invoices') }}

    where settled_date is not null and paid_amount > 0

),

dso as (

    select * from {{ ref('dso') }}
    where level = 'portfolio' and method = 'rolling_3_months'

),

collection_kpis as (

    select * from {{ ref('collection_kpis') }}
    where level = 'portfolio'

),

periods as (

    select * from {{ ref('int_periods') }}

),

concentration as (

    select * from {{ ref('int_concentration') }}

)

select
    as_of_dates.as_of_date,
    cast(segments.outstanding_amount as decimal(18, 2)) as outstanding_amount,
    cast(segments.overdue_amount as decimal(18, 2)) as overdue_amount,
    cast(segments.unapplied_amount as decimal(18, 2)) as unapplied_amount,
    cast(segments.high_risk_outstanding_amount as decimal(18, 2))
        as high_risk_outstanding_amount,
    cast(coalesce(unscored.outstanding_amount, 0) as decimal(18, 2))
        as unscored_outstanding_amount,
    cast(segments.client_count as int) as client_count,
    cast(segments.high_risk_client_count as int) as high_risk_client_count,
    cast(unscored.client_count as int) as unscored_client_count,
    concentration.owing_client_count,
    cast(segments.high_risk_client_count as double)
    / nullif(segments.client_count, 0) as high_risk_client_share,
    case
        when segments.outstanding_amount > 0
            then
                cast(segments.high_risk_outstanding_amount as double)
                / cast(segments.outstanding_amount as double)
    end as high_risk_outstanding_share,
    dso.dso,
    collection_kpis.simple_dso,
    collection_kpis.best_possible_dso,
    collection_kpis.avg_days_delinquent,
    collection_kpis.cei_monthly_average,
    collection_kpis.cei_full_period,
    collected.days_to_collect,
    concentration.receivables_hhi,
    concentration.receivables_gini,
    concentration.top_10_share,
    nullif(concat_ws(
        ', ',
        case
            when (segments.outstanding_amount > 0) is not true
                then 'nothing_outstanding'
        end,
        case when concentration.owing_client_count = 0 then 'nobody_owes' end,
        case when collected.days_to_collect is null then 'nothing_settled' end,
        case when dso.dso is null then 'no_sales_in_3_months' end,
        case
            when collection_kpis.simple_dso is null then 'no_sales_in_period'
        end,
        case
            when collection_kpis.cei_full_period is null
                then 'nothing_to_collect'
        end,
        case
            when collection_kpis.cei_monthly_average is null
                then 'nothing_to_collect_in_mean_month'
        end,
        case
            when dso.dso is not null and dso.reason <> 'month_to_date'
                then dso.reason
        end,
        case when periods.is_partial then 'month_to_date' end
    ), '') as reason

from as_of_dates

cross join segments

cross join unscored

cross join collected

cross join concentration

left join dso
    on as_of_dates.as_of_date = dso.period_end_date

left join periods
    on as_of_dates.as_of_date = periods.period_end_date

left join collection_kpis
    on as_of_dates.as_of_date = collection_kpis.period_end_date
