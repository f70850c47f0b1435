-- Fails for each metric whose mart or column does not exist, and for each
-- number of client_features and the marts in kpis, risk and collections that
-- has no metric: none of its name, and none that names the mart and the column.
-- Ranks, keys and dates are no measures. Marts are read off their contracts.

with

contracts as (

    select contracted.*
    from (
        values
        {% for node in graph.nodes.values() if node.resource_type == 'model'
            and (node.fqn[1] == 'marts' or node.name == 'client_features') %}
            {% for column in node.columns.values() %}
                (
                    '{{ node.schema }}',
                    '{{ node.name }}',
                    '{{ column.name }}',
                    {{ node.schema in [
                        'kpis', 'risk', 'collections', 'features'
                    ] and (column.data_type or '').split('(')[0] in [
                        'decimal', 'double', 'int', 'bigint'
                    ] and not column.name.endswith('_rank')
                    and column.name not in [
                        'week_number', 'horizon_months', 'min_score',
                        'max_score'
                    ] }}
                ),
            {% endfor %}
        {% endfor %}
        ('none', 'none', 'none', false)
    ) as contracted (mart_schema, mart_name, column_name, is_measure)

),

metrics as (

    select * from {{ ref('metric_dictionary') }}

)

select
    metrics.mart_name,
    metrics.column_name,
    'no such mart or column' as failure

from metrics

left join contracts
    on
        metrics.mart_schema = contracts.mart_schema
        and metrics.mart_name = contracts.mart_name
        and metrics.column_name = contracts.column_name

where contracts.column_name is null

union all

select
    contracts.mart_name,
    contracts.column_name,
    'no metric' as failure

from contracts

left join metrics as of_name
    on contracts.column_name = of_name.metric

left join metrics as of_column
    on
        contracts.mart_schema = of_column.mart_schema
        and contracts.mart_name = of_column.mart_name
        and contracts.column_name = of_column.column_name

where
    contracts.is_measure
    and of_name.metric is null
    and of_column.metric is null
