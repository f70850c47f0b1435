-- One row per segment, or all, and week after the as-of date, 1 to 13 and 14
-- for all later: expected receipts of the invoices open now, between those
-- that nine and one in ten times are passed. Invoices not yet issued are not
-- in it; what nothing in the ledger dates stands apart.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

receipts as (

    select * from {{ ref('int_receipts_weekly') }}

),

segments as (

    select segment_code from {{ ref('segments') }}

    union all

    select 'all' as segment_code

),

weeks as (

    select
        as_of_date,
        day_date as week_end_date,
        cast({{ days_between('as_of_date', 'day_date') }} / 7e0 as int)
            as week_number

    from (
        select
            as_of_date,
            {{ every_day(
                'cast(as_of_date + 7 as date)', 'cast(as_of_date + 98 as date)'
            ) }} as day_date
        from as_of_dates
    ) as spanned

    where {{ days_between('as_of_date', 'day_date') }} % 7 = 0

),

counted as (

    select
        {{ all_but(['segment_code']) }},
        segment_code

    from receipts

    union all

    select
        {{ all_but(['segment_code']) }},
        'all' as segment_code

    from receipts

),

-- clients are taken to pay independently: their variances add up
summed as (

    select
        segment_code,
        week_number,
        sum(receipts_amount) as receipts_amount,
        sum(disputed_receipts_amount) as disputed_receipts_amount,
        sum(loss_amount) as loss_amount,
        sum(undated_amount) as undated_amount,
        sum(outstanding_amount) as outstanding_amount,
        sum(unknown_loss_count) as unknown_loss_count,
        sum(unknown_basis_count) as unknown_basis_count,
        sqrt(cast(sum(cast(
            cast(deviation_amount as double) * cast(deviation_amount as double)
            as decimal(38, 6)
        )) as double)) as deviation_amount,
        sqrt(cast(sum(cast(
            cast(cumulative_deviation_amount as double)
            * cast(cumulative_deviation_amount as double)
            as decimal(38, 6)
        )) as double)) as cumulative_deviation_amount

    from counted

    group by 1, 2

),

filled as (

    select
        segments.segment_code,
        weeks.week_number,
        weeks.week_end_date,
        weeks.as_of_date,
        coalesce(summed.receipts_amount, 0) as receipts_amount,
        sum(coalesce(summed.receipts_amount, 0)) over (
            partition by segments.segment_code
            order by weeks.week_number
            rows between unbounded preceding and current row
        ) as cumulative_amount,
        coalesce(summed.disputed_receipts_amount, 0)
            as disputed_receipts_amount,
        coalesce(summed.loss_amount, 0) as loss_amount,
        coalesce(summed.undated_amount, 0) as undated_amount,
        coalesce(summed.outstanding_amount, 0) as outstanding_amount,
        coalesce(summed.unknown_loss_count, 0) as unknown_loss_count,
        coalesce(summed.unknown_basis_count, 0) as unknown_basis_count,
        -- nine tenths of a normal distribution lie below 1.2816 deviations
        cast(
            round(1.2816e0 * coalesce(summed.deviation_amount, 0), 2)
            as decimal(18, 2)
        ) as margin_amount,
        cast(
            round(1.2816e0 * coalesce(summed.cumulative_deviation_amount, 0), 2)
            as decimal(18, 2)
        ) as cumulative_margin_amount

    from segments

    cross join weeks

    left join summed
        on
            segments.segment_code = summed.segment_code
            and weeks.week_number = summed.week_number

)

select
    segment_code,
    cast(week_number as int) as week_number,
    cast(receipts_amount as decimal(18, 2)) as expected_receipts_amount,
    cast(greatest(receipts_amount - margin_amount, 0) as decimal(18, 2))
        as p10_receipts_amount,
    cast(
        least(receipts_amount + margin_amount, outstanding_amount)
        as decimal(18, 2)
    ) as p90_receipts_amount,
    cast(cumulative_amount as decimal(18, 2)) as cumulative_receipts_amount,
    cast(
        greatest(cumulative_amount - cumulative_margin_amount, 0)
        as decimal(18, 2)
    ) as cumulative_p10_amount,
    cast(
        least(cumulative_amount + cumulative_margin_amount, outstanding_amount)
        as decimal(18, 2)
    ) as cumulative_p90_amount,
    cast(disputed_receipts_amount as decimal(18, 2))
        as disputed_receipts_amount,
    cast(loss_amount as decimal(18, 2)) as expected_loss_amount,
    cast(undated_amount as decimal(18, 2)) as undated_amount,
    week_number = 14 as is_later,
    case when week_number < 14 then week_end_date end as week_end_date,
    nullif(concat_ws(
        ', ',
        case when outstanding_amount = 0 then 'no_open_invoices' end,
        case when unknown_loss_count > 0 then 'loss_rate_unknown' end,
        case
            when unknown_basis_count > 0 and week_number = 14
                then 'date_unknown'
        end
    ), '') as reason,
    as_of_date

from filled
