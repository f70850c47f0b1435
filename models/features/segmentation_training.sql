-- One row per client, day and feature that clusters may be fitted on: of
-- clients with enough known outcomes, at quarter-ends and on the as-of date.

with

segmentation_values as (

    select * from {{ ref('segmentation_values') }}
    where
        is_sampled
        and (
            is_current
            or (
                as_of_date = last_day(as_of_date)
                and extract(month from as_of_date) in (3, 6, 9, 12)
            )
        )

),

clients as (

    select * from {{ ref('segmentation_clients') }}

),

first_days as (

    select min(first_invoice_date) as first_invoice_date
    from clients
    where is_current = true

),

beginnings as (

    select
        first_days.first_invoice_date,
        min(clients.client_id) as first_client_id

    from clients

    inner join first_days
        on clients.first_invoice_date = first_days.first_invoice_date

    where clients.is_current = true

    group by 1

)

select
    cast(segmentation_values.as_of_date as string) as as_of_date,
    segmentation_values.as_of_date = last_day(segmentation_values.as_of_date)
    and extract(month from segmentation_values.as_of_date) in (3, 6, 9, 12)
        as is_quarter_end,
    segmentation_values.client_id,
    segmentation_values.feature,
    segmentation_values.weight,
    segmentation_values.is_logged,
    segmentation_values.feature_value,
    cast(greatest(clients.outstanding_amount, 0) as double) as owed_amount,
    cast(beginnings.first_invoice_date as string) as data_from,
    beginnings.first_client_id

from segmentation_values

inner join clients
    on
        segmentation_values.client_id = clients.client_id
        and segmentation_values.as_of_date = clients.as_of_date

cross join beginnings
