-- One row per feature date and client with cash or credits that reduced no
-- document by then.

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

unapplied as (

    select * from {{ ref('int_unapplied') }}

)

select
    dates.as_of_date,
    dates.is_current,
    unapplied.client_id,
    cast(sum(unapplied.unapplied_amount) as decimal(18, 2)) as unapplied_amount

from unapplied

inner join dates
    on
        unapplied.from_date <= dates.as_of_date
        and unapplied.until_date > dates.as_of_date

group by 1, 2, 3
