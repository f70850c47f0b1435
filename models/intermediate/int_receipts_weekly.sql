-- One row per client with an open invoice and week after the as-of date, 1 to
-- 13 and 14 for all later: what is expected to come in of its open invoices,
-- by the curve of each invoice's basis, and how far that may be off. What is
-- never paid by the loss rates is left out.

with

payments as (

    select * from {{ ref('expected_payments') }}

),

curves as (

    select * from {{ ref('int_payment_curves') }}

),

outlooks as (

    select * from {{ ref('int_payment_outlooks') }}

),

losses as (

    select * from {{ ref('expected_credit_loss') }}

),

weeks as (

    select distinct
        cast(
            floor(
                ({{ days_between('as_of_date', 'day_date') }} + 6) / 7e0
            ) as int
        ) as week_number

    from (
        select
            as_of_date,
            {{ every_day(
                'cast(as_of_date + 1 as date)', 'cast(as_of_date + 98 as date)'
            ) }} as day_date
        from {{ ref('as_of_dates') }}
    ) as spanned

),

asked as (

    select distinct
        outlooks.level,
        outlooks.level_key,
        outlooks.days_past_due,
        outlooks.log_unpaid_share

    from outlooks

    inner join payments
        on
            outlooks.level = payments.basis
            and outlooks.level_key = payments.basis_key
            and outlooks.days_past_due = payments.days_past_due

),

-- where the curve stands after each week in which an invoice left
lowest as (

    select
        asked.level,
        asked.level_key,
        asked.days_past_due,
        cast(
            ceil((curves.day_number - asked.days_past_due) / 7e0) as int
        ) as week_number,
        min(curves.log_unpaid_share) as log_unpaid_share

    from asked

    inner join curves
        on
            asked.level = curves.level
            and asked.level_key = curves.level_key
            and asked.days_past_due < curves.day_number
            and asked.days_past_due + 7 * 13 >= curves.day_number

    group by 1, 2, 3, 4

),

-- how far it comes from where it stands today, by the end of each week
reached as (

    select
        asked.level,
        asked.level_key,
        asked.days_past_due,
        weeks.week_number,
        coalesce(
            min(lowest.log_unpaid_share) over (
                partition by
                    asked.level, asked.level_key, asked.days_past_due
                order by weeks.week_number
                rows between unbounded preceding and current row
            ) - asked.log_unpaid_share,
            0
        ) as log_still_unpaid_share

    from asked

    cross join weeks

    left join lowest
        on
            asked.level = lowest.level
            and asked.level_key = lowest.level_key
            and asked.days_past_due = lowest.days_past_due
            and weeks.week_number = lowest.week_number

),

-- the share paid by then, given that it is unpaid today
paid as (

    select
        *,
        cast(
            case
                when week_number = 14 then 1e0
                else 1 - exp(cast(log_still_unpaid_share as double))
            end as decimal(10, 9)
        ) as paid_share

    from reached

),

-- and by the end of the week before
shares as (

    select
        *,
        coalesce(lag(paid_share) over (
            partition by level, level_key, days_past_due
            order by week_number
        ), 0) as paid_before_share

    from paid

),

lossy as (

    select
        payments.*,
        losses.provision_rate,
        coalesce(
            cast(
                round(payments.outstanding_amount * losses.provision_rate, 2)
                as decimal(18, 2)
            ),
            0
        ) as loss_amount

    from payments

    left join losses
        on
            payments.segment_code = losses.segment_code
            and payments.aging_bucket = losses.aging_bucket

),

shared as (

    select
        lossy.*,
        weeks.week_number,
        coalesce(shares.paid_share, 0) as paid_share,
        coalesce(shares.paid_before_share, 0) as paid_before_share

    from lossy

    cross join weeks

    left join shares
        on
            lossy.basis = shares.level
            and lossy.basis_key = shares.level_key
            and lossy.days_past_due = shares.days_past_due
            and weeks.week_number = shares.week_number

),

accumulated as (

    select
        *,
        cast(
            round((outstanding_amount - loss_amount) * paid_share, 2)
            as decimal(18, 2)
        ) as paid_amount,
        cast(
            round((outstanding_amount - loss_amount) * paid_before_share, 2)
            as decimal(18, 2)
        ) as paid_before_amount

    from shared

),

weekly as (

    select
        *,
        paid_amount - paid_before_amount as receipts_amount

    from accumulated

),

-- a payment comes or it does not: the variance is a x a x p (1 - p), p being
-- the part of the amount that is expected
varying as (

    select
        *,
        cast(receipts_amount as double)
        * cast(outstanding_amount - receipts_amount as double) as variance,
        cast(paid_amount as double)
        * cast(outstanding_amount - paid_amount as double)
            as cumulative_variance

    from weekly

),

summed as (

    select
        client_id,
        segment_code,
        week_number,
        cast(sum(receipts_amount) as decimal(18, 2)) as receipts_amount,
        cast(
            sum(case when is_disputed then receipts_amount else 0 end)
            as decimal(18, 2)
        ) as disputed_receipts_amount,
        cast(
            sum(case when week_number = 14 then loss_amount else 0 end)
            as decimal(18, 2)
        ) as loss_amount,
        cast(
            sum(case
                when week_number = 14 and basis is null
                    then outstanding_amount - loss_amount
                else 0
            end) as decimal(18, 2)
        ) as undated_amount,
        cast(sum(outstanding_amount) as decimal(18, 2)) as outstanding_amount,
        count(*) filter (where provision_rate is null) as unknown_loss_count,
        count(*) filter (where basis is null) as unknown_basis_count,
        sum(cast(variance as decimal(38, 6))) as variances,
        sum(cast(sqrt(variance) as decimal(28, 6))) as deviations,
        sum(cast(cumulative_variance as decimal(38, 6)))
            as cumulative_variances,
        sum(cast(sqrt(cumulative_variance) as decimal(28, 6)))
            as cumulative_deviations

    from varying

    group by 1, 2, 3

)

-- invoices of one client are correlated by a quarter: between each on its own,
-- where variances add up, and all together, where deviations do
select
    client_id,
    segment_code,
    week_number,
    receipts_amount,
    disputed_receipts_amount,
    loss_amount,
    undated_amount,
    outstanding_amount,
    unknown_loss_count,
    unknown_basis_count,
    cast(
        sqrt(
            0.25e0 * cast(deviations as double) * cast(deviations as double)
            + 0.75e0 * cast(variances as double)
        ) as decimal(28, 6)
    ) as deviation_amount,
    cast(
        sqrt(
            0.25e0
            * cast(cumulative_deviations as double)
            * cast(cumulative_deviations as double)
            + 0.75e0 * cast(cumulative_variances as double)
        ) as decimal(28, 6)
    ) as cumulative_deviation_amount

from summed
