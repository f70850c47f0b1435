-- One row per client, day and attribute of its master data: the rank of its
-- size, and for each industry whether it is the client's; null where the
-- master data does not say. They shape the clusters only where var
-- segmentation_with_attributes says so.

with

clients as (

    select * from {{ ref('segmentation_clients') }}

),

industries as (

    select distinct industry
    from clients
    where is_current = true and industry is not null

)

select
    as_of_date,
    client_id,
    is_current,
    is_training,
    is_sampled,
    'company_size_rank' as feature,
    cast(company_size_rank as double) as feature_value

from clients

union all

select
    clients.as_of_date,
    clients.client_id,
    clients.is_current,
    clients.is_training,
    clients.is_sampled,
    'industry ' || industries.industry as feature,
    case
        when clients.industry = industries.industry then 1e0
        when clients.industry is not null then 0e0
    end as feature_value

from clients

cross join industries
