-- One row per day on which a window begins or ends and ageing bucket, empty
-- ones too: the open invoices of the portfolio.

with

windows as (

    select * from {{ ref('int_forecast_windows') }}

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

-- invoices of the same days are open on the same days
held as (

    select
        due_date,
        from_date,
        until_date,
        sum(outstanding_amount) as outstanding_amount

    from {{ ref('int_invoice_states') }}

    where is_invoice and outstanding_amount > 0

    group by 1, 2, 3

),

days as (

    select begin_date as book_date from windows

    union distinct

    select end_date as book_date from windows

),

opened as (

    select
        days.book_date,
        {{ days_between('held.due_date', 'days.book_date') }} as days_aged,
        held.outstanding_amount

    from days

    inner join held
        on
            days.book_date >= held.from_date
            and days.book_date < held.until_date

),

summed as (

    select
        opened.book_date,
        buckets.aging_bucket,
        sum(opened.outstanding_amount) as open_amount

    from opened

    inner join buckets
        on {{ is_in_bucket('opened.days_aged', 'buckets') }}

    group by 1, 2

)

select
    days.book_date,
    buckets.aging_bucket,
    cast(coalesce(summed.open_amount, 0) as decimal(18, 2)) as open_amount

from days

cross join buckets

left join summed
    on
        days.book_date = summed.book_date
        and buckets.aging_bucket = summed.aging_bucket
