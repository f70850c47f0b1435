-- One row per way to score and split of past invoices: how well it tells very
-- late ones from others, and how near its probabilities come. Each invoice is
-- scored by what was known when it was issued.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

moments as (

    select * from {{ ref('risk_moments') }}

),

predictions as (

    select * from {{ ref('risk_predictions') }}
    where split in ('train', 'test')

),

-- invoices of equal probability are one as good as the other
counted as (

    select
        *,
        rank() over (
            partition by split, score_method order by late_probability
        ) as least_rank,
        rank() over (
            partition by split, score_method order by late_probability desc
        ) - 1 as riskier_count,
        count(*) over (
            partition by split, score_method, late_probability
        ) as equal_count,
        floor(count(*) over (partition by split, score_method) / 10e0)
            as top_count

    from predictions

),

-- they share a rank, and what the riskiest tenth has room for
ranked as (

    select
        *,
        least_rank + (equal_count - 1) / 2e0 as mean_rank,
        least(greatest((top_count - riskier_count) / equal_count, 0e0), 1e0)
            as share_in_top

    from counted

),

measured as (

    select
        split,
        score_method,
        count(*) as invoice_count,
        sum(is_very_late) as very_late_count,
        count(*) - sum(is_very_late) as other_count,
        sum(case when is_very_late = 1 then mean_rank end) as rank_sum,
        sum(cast(
            (late_probability - is_very_late)
            * (late_probability - is_very_late) as decimal(28, 15)
        )) as squared_error,
        sum(cast(late_probability as decimal(18, 9))) as expected_count,
        sum(cast(is_very_late * share_in_top as decimal(28, 15)))
            as top_late_count,
        max(top_count) as top_count

    from ranked

    group by 1, 2

),

dates as (

    select
        split,
        min(moment_date) as first_invoice_date,
        max(moment_date) as last_invoice_date

    from moments

    group by 1

)

select
    measured.score_method,
    measured.split,
    cast({{ var('risk_late_days') }} as int) as late_days,
    cast(measured.invoice_count as int) as invoice_count,
    cast(measured.very_late_count as int) as very_late_count,
    cast(measured.very_late_count as double) / measured.invoice_count
        as observed_late_rate,
    cast(measured.expected_count as double) / measured.invoice_count
        as mean_late_probability,
    round(
        (
            measured.rank_sum
            - measured.very_late_count * (measured.very_late_count + 1) / 2e0
        ) / nullif(
            cast(measured.very_late_count as double) * measured.other_count, 0
        ), 9
    ) as auc,
    round(
        cast(measured.squared_error as double) / measured.invoice_count, 9
    ) as brier_score,
    round(
        cast(measured.top_late_count as double) / nullif(measured.top_count, 0)
        / nullif(
            cast(measured.very_late_count as double) / measured.invoice_count, 0
        ), 9
    ) as top_decile_lift,
    case
        when measured.very_late_count = 0
            then 'No invoice of this split was very late'
        when measured.other_count = 0
            then 'Every invoice of this split was very late'
        when measured.top_count = 0
            then 'Fewer than ten invoices have no tenth'
    end as reason,
    dates.first_invoice_date,
    dates.last_invoice_date,
    as_of_dates.as_of_date

from measured

inner join dates
    on measured.split = dates.split

cross join as_of_dates
