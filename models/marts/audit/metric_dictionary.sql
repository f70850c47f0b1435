-- One row per metric: what it is, how it is computed, what it comes from, when
-- it is null, and the column that holds it.

with

metrics as (

    select * from {{ ref('metrics') }}

)

select
    metric,
    metric_name,
    formula,
    unit,
    source,
    edge_rules,
    mart_schema,
    mart_name,
    column_name

from metrics
