-- One row per day for which this build computes client features: the as-of
-- date, and the month-ends before it that no earlier build has left as they
-- are now.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

month_ends as (

    select * from {{ ref('int_month_ends') }}

),

stored as (

    {{ stored_months() }}

)

-- the as-of date is in the history only where the history says so: there is
-- none under the known clock
select
    as_of_dates.as_of_date,
    true as is_current,
    month_ends.as_of_date is not null as is_month_end

from as_of_dates

left join month_ends
    on as_of_dates.as_of_date = month_ends.as_of_date

union all

select
    month_ends.as_of_date,
    false as is_current,
    true as is_month_end

from month_ends

inner join as_of_dates
    on month_ends.as_of_date < as_of_dates.as_of_date

left join stored
    on
        month_ends.as_of_date = stored.as_of_date
        and month_ends.ledger_fingerprint = stored.ledger_fingerprint

where stored.as_of_date is null
