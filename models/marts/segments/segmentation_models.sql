-- One row per model version of the chain that this build uses: when and on
-- what it was fitted, what became of it and why, and from when to when it is
-- in force.

-- depends_on: {{ ref('segmentation_versions') }}

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

candidates as (

    select * from {{ ref('segmentation_candidates') }}

),

versions as (

    select
        model_version,
        max(algorithm) as algorithm,
        max(cast(fit_date as date)) as fit_date,
        count(distinct case when measure = 'center' then cluster_id end)
            as cluster_count,
        max(case when measure = 'version_number' then value end)
            as version_number,
        max(case when measure = 'client_count' then value end) as client_count,
        max(case when measure = 'moved_share' then value end) as moved_share,
        max(case when measure = 'random_seed' then value end) as random_seed,
        max(case when measure = 'status' then note end) as status,
        max(case when measure = 'reason' then note end) as reason,
        max(case when measure = 'packages' then note end) as packages,
        max(case when measure = 'data_from' then cast(note as date) end)
            as data_from_date,
        max(case when measure = 'lineage' then cast(note as date) end)
            as lineage_date

    from candidates

    where cluster_count is null

    group by 1

),

replaced as (

    select
        model_version,
        min(next_fit_date) as replaced_date

    from (

        select
            versions.model_version,
            later.fit_date as next_fit_date

        from versions

        inner join versions as later
            on
                versions.fit_date < later.fit_date
                and later.status <> 'refused'

    ) as followed

    group by 1

)

select
    versions.model_version,
    versions.algorithm,
    versions.status,
    versions.reason,
    versions.packages,
    cast(versions.version_number as int) as version_number,
    cast(versions.cluster_count as int) as cluster_count,
    cast(versions.client_count as int) as client_count,
    cast(versions.random_seed as int) as random_seed,
    versions.moved_share,
    versions.status <> 'refused'
    and replaced.replaced_date is null as is_in_force,
    versions.data_from_date,
    versions.fit_date,
    versions.lineage_date,
    replaced.replaced_date,
    as_of_dates.as_of_date

from versions

cross join as_of_dates

left join replaced
    on versions.model_version = replaced.model_version
