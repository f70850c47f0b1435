-- One row per measure of the model versions that earlier builds have fitted,
-- up to the as-of date.

with

stored as (

    {{ stored_versions() }}

)

select stored.*

from stored

inner join {{ ref('as_of_dates') }} as as_of_dates
    on cast(stored.fit_date as date) <= as_of_dates.as_of_date
