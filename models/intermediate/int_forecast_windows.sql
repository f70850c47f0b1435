-- One row per stretch of time over which open amounts are followed: each whole
-- month, and each four weeks that end a number of whole weeks before the as-of
-- date. The latest of a step has rank 1.

with

periods as (

    select * from {{ ref('int_periods') }}

),

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

months as (

    select
        month_end_date as end_date,
        lag(month_end_date) over (order by month_end_date) as begin_date

    from periods

    where not is_partial

),

spans as (

    select
        as_of_dates.as_of_date,
        min(periods.month_end_date) as first_date

    from periods

    cross join as_of_dates

    group by 1

),

days as (

    select
        as_of_date,
        {{ every_day('first_date', 'as_of_date') }} as begin_date

    from spans

    where first_date <= as_of_date

),

windows as (

    select
        'month' as step,
        begin_date,
        end_date

    from months

    where begin_date is not null

    union all

    select
        '4_weeks' as step,
        begin_date,
        cast(begin_date + interval '28' day as date) as end_date

    from days

    where
        {{ days_between('begin_date', 'as_of_date') }} >= 28
        and {{ days_between('begin_date', 'as_of_date') }} % 7 = 0

)

select
    step,
    begin_date,
    end_date,
    row_number() over (partition by step order by end_date desc)
        as recency_rank

from windows
