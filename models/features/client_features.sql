-- One row per client with a document or unapplied cash by the as-of date: how
-- it pays. The comparison with true lets the engine compute that one date
-- only.

{{ config(materialized='table') }}

select {{ all_but(['is_current', 'is_month_end']) }}

from {{ ref('ftr_clients') }}

where is_current = true
