-- One row per month of the last transition_months, client, ageing bucket at its
-- beginning (or new, for what was issued within it) and bucket at its end: what
-- became of the amounts. What is left of a settled invoice is nothing to learn
-- from.

with

buckets as (

    select
        aging_bucket,
        {{ every_number('min_days', 'max_days') }} as day_count

    from {{ ref('aging_buckets') }}

),

followed as (

    select
        windows.end_date,
        paths.*,
        {{ days_between('paths.due_date', 'windows.begin_date') }}
            as from_days,
        {{ days_between('paths.due_date', 'windows.end_date') }} as to_days

    from {{ ref('int_invoice_paths') }} as paths

    inner join {{ ref('int_forecast_windows') }} as windows
        on {{ is_path_of_window('paths', 'windows') }}

    where
        not paths.is_within_tolerance
        and windows.step = 'month'
        and windows.recency_rank <= {{ var('transition_months') }}

)

select
    followed.end_date as month_end_date,
    followed.client_id,
    case when followed.is_new then 'new' else opened.aging_bucket end
        as from_bucket,
    closed.aging_bucket as to_bucket,
    count(*) as invoice_count,
    cast(sum(followed.from_amount) as decimal(18, 2)) as from_amount,
    cast(sum(followed.open_amount) as decimal(18, 2)) as open_amount,
    cast(
        sum(
            followed.from_amount
            - followed.open_amount
            - followed.written_off_amount
        ) as decimal(18, 2)
    ) as paid_amount,
    cast(sum(followed.written_off_amount) as decimal(18, 2))
        as written_off_amount

from followed

inner join buckets as opened
    on followed.from_days = opened.day_count

inner join buckets as closed
    on followed.to_days = closed.day_count

group by 1, 2, 3, 4
