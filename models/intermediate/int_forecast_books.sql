-- One row per origin, segment (or all) and ageing bucket, and one for new: what
-- is open at the origin, and what a step bills, the mean of the windows that
-- its transitions come from. Past origins are of the portfolio, for the
-- segments of a past day are not those of today.

with

past as (

    select distinct
        step,
        origin_date,
        window_count

    from {{ ref('int_past_transitions') }}

),

past_billing as (

    select distinct
        step,
        origin_date,
        from_amount

    from {{ ref('int_past_transitions') }}

    where from_bucket = 'new'

),

open_books as (

    select * from {{ ref('int_open_books') }}

),

aging as (

    select * from {{ ref('segment_aging') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

billing as (

    select distinct
        segment_code,
        from_amount,
        month_count

    from {{ ref('aging_transitions') }}

    where from_bucket = 'new' and segment_code <> 'all'

)

select
    past.step,
    past.origin_date,
    'all' as segment_code,
    open_books.aging_bucket,
    open_books.open_amount as amount,
    past.window_count

from past

inner join open_books
    on past.origin_date = open_books.book_date

union all

select
    past.step,
    past.origin_date,
    'all' as segment_code,
    'new' as aging_bucket,
    {{ share_of(
        'coalesce(past_billing.from_amount, 0)', '1', 'past.window_count'
    ) }} as amount,
    past.window_count

from past

left join past_billing
    on
        past.step = past_billing.step
        and past.origin_date = past_billing.origin_date

union all

select
    'month' as step,
    aging.as_of_date as origin_date,
    aging.segment_code,
    aging.aging_bucket,
    aging.open_invoice_amount as amount,
    billing.month_count as window_count

from aging

inner join billing
    on aging.segment_code = billing.segment_code

union all

select
    'month' as step,
    as_of_dates.as_of_date as origin_date,
    billing.segment_code,
    'new' as aging_bucket,
    case
        when billing.month_count > 0
            then {{ share_of(
                'billing.from_amount', '1', 'billing.month_count'
            ) }}
        else 0
    end as amount,
    billing.month_count as window_count

from billing

cross join as_of_dates
