-- One row per month, client, ageing bucket at its beginning and place at its
-- end: what became within the month of the amounts that were open when it
-- began. An amount is still open, in a bucket; written off; or paid, which
-- stands for cash, credits and discounts.

with

periods as (

    select
        month_end_date as end_date,
        lag(month_end_date) over (order by month_end_date) as begin_date

    from {{ ref('int_periods') }}

    where not is_partial

),

states as (

    select * from {{ ref('int_invoice_states') }}
    where is_invoice

),

buckets as (

    select * from {{ ref('aging_buckets') }}

),

followed as (

    select
        periods.end_date,
        opening.client_id,
        {{ days_between('opening.due_date', 'periods.begin_date') }}
            as from_days,
        {{ days_between('opening.due_date', 'periods.end_date') }} as to_days,
        opening.outstanding_amount,
        least(
            opening.outstanding_amount,
            greatest(closing.outstanding_amount, 0)
        ) as open_amount,
        greatest(
            closing.written_off_amount - opening.written_off_amount, 0
        ) as loss_amount

    from periods

    inner join states as opening
        on
            periods.begin_date >= opening.from_date
            and periods.begin_date < opening.until_date

    inner join states as closing
        on
            opening.invoice_id = closing.invoice_id
            and periods.end_date >= closing.from_date
            and periods.end_date < closing.until_date

    where opening.outstanding_amount > 0

),

parted as (

    select
        end_date,
        client_id,
        from_days,
        to_days,
        outstanding_amount,
        open_amount,
        least(loss_amount, outstanding_amount - open_amount) as loss_amount

    from followed

),

placed as (

    select
        parted.end_date,
        parted.client_id,
        opened.aging_bucket as from_bucket,
        closed.aging_bucket as to_bucket,
        parted.outstanding_amount,
        parted.open_amount,
        parted.loss_amount,
        parted.outstanding_amount - parted.open_amount - parted.loss_amount
            as paid_amount

    from parted

    inner join buckets as opened
        on parted.from_days between opened.min_days and opened.max_days

    inner join buckets as closed
        on parted.to_days between closed.min_days and closed.max_days

)

select
    end_date as month_end_date,
    client_id,
    from_bucket,
    to_bucket,
    count(*) as invoice_count,
    cast(sum(outstanding_amount) as decimal(18, 2)) as from_amount,
    cast(sum(open_amount) as decimal(18, 2)) as open_amount,
    cast(sum(paid_amount) as decimal(18, 2)) as paid_amount,
    cast(sum(loss_amount) as decimal(18, 2)) as written_off_amount

from placed

group by 1, 2, 3, 4
