-- One row per invoice, or client where it named none, with a promise that is
-- not due yet on the as-of date, grace included: what of it is still to come.
-- The latest request counts, whoever asked, with all its instalments; what came
-- in since then pays the earlier ones first.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

promises as (

    select
        promises.invoice_id,
        promises.promise_for,
        promises.request_date,
        as_of_dates.as_of_date,
        min(promises.client_id) as client_id,
        sum(promises.promised_amount) as promised_amount,
        sum(promises.promised_amount) filter (
            where promises.judged_date > as_of_dates.as_of_date
        ) as open_amount,
        max(promises.promised_date) as promised_date

    from {{ ref('int_promises_judged') }} as promises

    inner join as_of_dates
        on promises.request_date <= as_of_dates.as_of_date

    group by 1, 2, 3, 4

),

latest as (

    select
        *,
        row_number() over (
            partition by promise_for order by request_date desc
        ) as recency_rank

    from promises

),

cash as (

    select * from {{ ref('int_cash_for_promises') }}

),

received as (

    select
        latest.client_id,
        latest.invoice_id,
        latest.promised_amount,
        latest.open_amount,
        latest.promised_date,
        coalesce(sum(cash.entry_amount), 0) as received_amount

    from latest

    left join cash
        on
            latest.promise_for = cash.promise_for
            and latest.request_date < cash.payment_date
            and latest.as_of_date >= cash.payment_date

    where latest.recency_rank = 1

    group by 1, 2, 3, 4, 5

)

select
    client_id,
    invoice_id,
    cast(
        least(open_amount, greatest(promised_amount - received_amount, 0))
        as decimal(18, 2)
    ) as promised_amount,
    promised_date

from received

-- a later promise that is broken already leaves nothing of an earlier one
where open_amount is not null
