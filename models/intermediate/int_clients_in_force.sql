-- One row per client of the master data: the version in force on the as-of
-- date.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

master_data as (

    select * from {{ ref('stg_ledger__clients') }}

),

aged as (

    select
        master_data.*,
        row_number() over (
            partition by master_data.client_id
            order by master_data.valid_from desc nulls last
        ) as version_age

    from master_data

    inner join as_of_dates
        on (master_data.valid_from > as_of_dates.as_of_date) is not true

)

select * from aged

where version_age = 1
