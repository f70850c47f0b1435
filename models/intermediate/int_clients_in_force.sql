-- One row per feature date and client of the master data: the version in force
-- that day.

{{ config(materialized='view') }}

with

dates as (

    select * from {{ ref('int_feature_dates') }}

),

master_data as (

    select * from {{ ref('stg_ledger__clients') }}

),

aged as (

    select
        dates.as_of_date,
        dates.is_current,
        master_data.*,
        row_number() over (
            partition by
                dates.as_of_date, dates.is_current, master_data.client_id
            order by master_data.valid_from desc nulls last
        ) as version_age

    from master_data

    inner join dates
        on (master_data.valid_from > dates.as_of_date) is not true

)

select {{ all_but(['version_age']) }}

from aged

where version_age = 1
