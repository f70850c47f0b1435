-- One row per day of the history that a model version scores: the latest by
-- then that was not refused; and its lineage, the date of the first of the
-- versions that share its cluster numbers.

with

days as (

    select distinct as_of_date
    from {{ ref('segmentation_clients') }}

),

models as (

    select * from {{ ref('segmentation_models') }}
    where status <> 'refused'

),

ranked as (

    select
        days.as_of_date,
        models.model_version,
        models.lineage_date,
        row_number() over (
            partition by days.as_of_date
            order by models.fit_date desc, models.version_number desc
        ) as recency_rank

    from days

    inner join models
        on days.as_of_date >= models.fit_date

)

select
    as_of_date,
    model_version,
    lineage_date

from ranked

where recency_rank = 1
