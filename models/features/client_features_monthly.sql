-- One row per client and month-end of the history: its features as they were on
-- that day, by the very SQL of client_features.

{{ config(materialized='table') }}

select * from {{ ref('ftr_clients') }}
where is_month_end = true
