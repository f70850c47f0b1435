-- One row per client on the as-of date and on each month-end before it: what
-- the segmentation may look at, and whether the client shapes the clusters of
-- that day. Of many clients a part does, evenly spaced by how they pay.

-- depends_on: {{ ref('ftr_months_kept') }}

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

seen as (

    select
        {{ segmentation_columns() }},
        true as is_current

    from {{ ref('client_features') }}

    union all

    select
        {{ segmentation_columns() }},
        false as is_current

    from {{ ref('client_features_monthly') }}

),

dated as (

    select seen.*

    from seen

    inner join as_of_dates
        on
            seen.is_current
            or seen.as_of_date < as_of_dates.as_of_date

),

judged as (

    select
        *,
        known_outcome_count >= {{ var('min_known_outcomes') }} as is_training

    from dated

),

ranked as (

    select
        *,
        row_number() over (
            partition by as_of_date, is_training
            order by
                shrunk_avg_days_late,
                shrunk_late_rate,
                total_invoiced_amount,
                client_id
        ) as place,
        count(*) over (
            partition by as_of_date, is_training
        ) as client_count

    from judged

)

select
    ranked.*,
    ranked.is_training
    and floor(
        ranked.place * {{ var('segmentation_max_clients') }}e0
        / greatest(
            ranked.client_count, {{ var('segmentation_max_clients') }}
        )
    ) > floor(
        (ranked.place - 1) * {{ var('segmentation_max_clients') }}e0
        / greatest(
            ranked.client_count, {{ var('segmentation_max_clients') }}
        )
    ) as is_sampled

from ranked
