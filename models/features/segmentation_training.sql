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
    cast(first_days.first_invoice_date as string) as data_from

from segmentation_values

inner join clients
    on
        segmentation_values.client_id = clients.client_id
        and segmentation_values.as_of_date = clients.as_of_date

cross join first_days
