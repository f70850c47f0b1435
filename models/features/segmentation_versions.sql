-- One row per measure of each model version that was ever fitted in this
-- database: limits, weights, centers, metrics, packages, seed, and what became
-- of it. Rows are added and never changed. Clusterings without a fit_date are
-- for comparison only: each build makes them anew.

{{ config(materialized='incremental', incremental_strategy='append') }}

with

candidates as (

    select * from {{ ref('segmentation_candidates') }}

),

kept as (

    select distinct model_version
    from ({{ stored_versions() }}) as known

)

select candidates.*

from candidates

left join kept
    on candidates.model_version = kept.model_version

where
    kept.model_version is null
    and candidates.fit_date is not null
