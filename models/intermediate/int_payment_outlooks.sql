-- One row per level, its key and days past due of an open invoice: when such
-- an invoice is paid, given that it is still open. Days count from the due
-- date; low, middle and high are those by which a tenth, half and nine tenths
-- are paid.

with

invoices as (

    select * from {{ ref('invoices') }}
    where is_open and document_type = 'invoice' and outstanding_amount > 0

),

levels as (

    select * from {{ ref('int_client_levels') }}

),

curves as (

    select * from {{ ref('int_payment_curves') }}

),

asked as (

    select distinct
        levels.level,
        levels.level_key,
        invoices.days_past_due

    from invoices

    inner join levels
        on invoices.client_id = levels.client_id

),

standing as (

    select
        asked.level,
        asked.level_key,
        asked.days_past_due,
        coalesce(
            min(curves.log_unpaid_share) filter (
                where curves.day_number <= asked.days_past_due
            ),
            0
        ) as log_unpaid_share,
        coalesce(
            sum(curves.paid_count) filter (
                where curves.day_number > asked.days_past_due
            ),
            0
        ) as later_paid_count

    from asked

    left join curves
        on
            asked.level = curves.level
            and asked.level_key = curves.level_key

    group by 1, 2, 3

)

-- the logarithms of .9, .5 and .1, a little nearer to zero: 2 of 4 are a half
select
    standing.level,
    standing.level_key,
    standing.days_past_due,
    standing.log_unpaid_share,
    cast(standing.later_paid_count as int) as later_paid_count,
    min(curves.day_number) filter (
        where curves.log_unpaid_share - standing.log_unpaid_share
        <= -0.105360515
    ) as low_day_number,
    min(curves.day_number) filter (
        where curves.log_unpaid_share - standing.log_unpaid_share
        <= -0.693147180
    ) as middle_day_number,
    min(curves.day_number) filter (
        where curves.log_unpaid_share - standing.log_unpaid_share
        <= -2.302585092
    ) as high_day_number

from standing

left join curves
    on
        standing.level = curves.level
        and standing.level_key = curves.level_key
        and standing.days_past_due < curves.day_number

group by 1, 2, 3, 4, 5
