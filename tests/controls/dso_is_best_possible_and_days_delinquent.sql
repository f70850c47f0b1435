-- Fails where simple DSO is not best possible DSO plus average days delinquent,
-- to nine digits, or is not the dso of that method to the last.

with

collection_kpis as (

    select * from {{ ref('collection_kpis') }}

),

dso as (

    select * from {{ ref('dso') }}

)

select
    collection_kpis.period_end_date,
    collection_kpis.level,
    collection_kpis.level_key,
    collection_kpis.simple_dso,
    collection_kpis.best_possible_dso,
    collection_kpis.avg_days_delinquent,
    dso.method,
    dso.dso

from collection_kpis

inner join dso
    on
        collection_kpis.period_end_date = dso.period_end_date
        and collection_kpis.level = dso.level
        and collection_kpis.level_key = dso.level_key
        and dso.method in ('simple', 'best_possible')

where
    case
        when dso.method = 'simple' then collection_kpis.simple_dso
        else collection_kpis.best_possible_dso
    end is distinct from dso.dso
    or abs(
        collection_kpis.best_possible_dso
        + collection_kpis.avg_days_delinquent
        - collection_kpis.simple_dso
    ) > 1e-9 * greatest(1, abs(collection_kpis.simple_dso))
