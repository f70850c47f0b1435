-- One row per window and invoice that was open when it began or was issued
-- within it: what became of the amount. It is still open, in a bucket; written
-- off; or paid, which stands for cash, credits and discounts.

{{ config(materialized='view') }}

with

windows as (

    select * from {{ ref('int_forecast_windows') }}

),

buckets as (

    select
        aging_bucket,
        {{ every_number('min_days', 'max_days') }} as day_count

    from {{ ref('aging_buckets') }}

),

started as (

    select
        windows.step,
        windows.begin_date,
        windows.end_date,
        states.invoice_id,
        false as is_new,
        states.outstanding_amount as from_amount,
        states.written_off_amount as from_loss_amount

    from windows

    inner join {{ ref('int_invoice_states') }} as states
        on
            windows.begin_date >= states.from_date
            and windows.begin_date < states.until_date

    where states.is_invoice and states.outstanding_amount > 0

    union all

    select
        windows.step,
        windows.begin_date,
        windows.end_date,
        states.invoice_id,
        true as is_new,
        states.invoice_amount as from_amount,
        0 as from_loss_amount

    from windows

    inner join {{ ref('int_invoice_states') }} as states
        on
            windows.begin_date < states.from_date
            and windows.end_date >= states.from_date
            and states.invoice_date = states.from_date

    where states.is_invoice

),

ended as (

    select
        started.*,
        states.client_id,
        {{ days_between('states.due_date', 'started.begin_date') }}
            as from_days,
        {{ days_between('states.due_date', 'started.end_date') }} as to_days,
        least(
            started.from_amount, greatest(states.outstanding_amount, 0)
        ) as open_amount,
        greatest(states.written_off_amount - started.from_loss_amount, 0)
            as loss_amount

    from started

    inner join {{ ref('int_invoice_states') }} as states
        on
            started.invoice_id = states.invoice_id
            and started.end_date >= states.from_date
            and started.end_date < states.until_date

)

select
    ended.step,
    ended.begin_date,
    ended.end_date,
    ended.invoice_id,
    ended.client_id,
    case when ended.is_new then 'new' else opened.aging_bucket end
        as from_bucket,
    closed.aging_bucket as to_bucket,
    ended.from_amount,
    ended.open_amount,
    least(ended.loss_amount, ended.from_amount - ended.open_amount)
        as written_off_amount

from ended

inner join buckets as opened
    on ended.from_days = opened.day_count

inner join buckets as closed
    on ended.to_days = closed.day_count
