-- One row per client and month-end of the history: its features as they were
-- on that day, by the very SQL of client_features. Month-ends that an earlier
-- build has computed from the same entries are kept.

{{ config(
    materialized='table' if target.type == 'spark' else 'incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_date',
    on_schema_change='append_new_columns',
    post_hook='{{ drop_months_gone() }}'
) }}

-- depends_on: {{ ref('int_month_ends') }}

select {{ all_but(['is_current', 'is_month_end']) }}

from {{ ref('ftr_clients') }}

where is_month_end = true
