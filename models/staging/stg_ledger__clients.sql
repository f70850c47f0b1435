-- One row per client and version: the accepted rows of the ledger's clients.

with

clients as (

    select * from {{ ref('base_ledger__clients') }}
    where broken_rules is null

)

select
    client_id,
    client_name,
    industry,
    company_size,
    country_code,
    parent_client_id,
    payment_terms_days,
    valid_from

from clients
