-- One row per window, ageing bucket at its beginning (or new) and bucket at its
-- end: the amounts of all clients, and what of them is still open. What is left
-- of a settled invoice is nothing to learn from.

with

buckets as (

    select
        aging_bucket,
        {{ every_number('min_days', 'max_days') }} as day_count

    from {{ ref('aging_buckets') }}

),

-- invoices of the same days go the same way
paths as (

    select
        is_new,
        due_date,
        begin_from_date,
        begin_until_date,
        end_from_date,
        end_until_date,
        sum(from_amount) as from_amount,
        sum(open_amount) as open_amount

    from {{ ref('int_invoice_paths') }}

    where not is_within_tolerance

    group by 1, 2, 3, 4, 5, 6

),

-- those due on one day are in one bucket
followed as (

    select
        windows.step,
        windows.begin_date,
        windows.end_date,
        paths.is_new,
        {{ days_between('paths.due_date', 'windows.begin_date') }}
            as from_days,
        {{ days_between('paths.due_date', 'windows.end_date') }} as to_days,
        sum(paths.from_amount) as from_amount,
        sum(paths.open_amount) as open_amount

    from paths

    inner join {{ ref('int_forecast_windows') }} as windows
        on {{ is_path_of_window('paths', 'windows') }}

    group by 1, 2, 3, 4, 5, 6

)

select
    followed.step,
    followed.begin_date,
    followed.end_date,
    case when followed.is_new then 'new' else opened.aging_bucket end
        as from_bucket,
    closed.aging_bucket as to_bucket,
    cast(sum(followed.from_amount) as decimal(18, 2)) as from_amount,
    cast(sum(followed.open_amount) as decimal(18, 2)) as open_amount

from followed

inner join buckets as opened
    on followed.from_days = opened.day_count

inner join buckets as closed
    on followed.to_days = closed.day_count

group by 1, 2, 3, 4, 5
