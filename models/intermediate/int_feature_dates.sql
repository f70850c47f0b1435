-- One row per day for which client features are computed: the as-of date, and
-- the month-ends before it that history_months reaches back to.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

periods as (

    select * from {{ ref('int_periods') }}
    where not is_partial

),

month_ends as (

    select
        period_end_date,
        row_number() over (order by period_end_date desc) as months_back

    from periods

)

select
    as_of_date,
    true as is_current,
    as_of_date = last_day(as_of_date) as is_month_end

from as_of_dates

union all

select
    month_ends.period_end_date as as_of_date,
    false as is_current,
    true as is_month_end

from month_ends

inner join as_of_dates
    on month_ends.period_end_date < as_of_dates.as_of_date

where month_ends.months_back <= {{ var('history_months') }}
