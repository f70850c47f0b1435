-- One row per feature date and client with a document: the groups of peers that
-- it belongs to, clients with the same payment terms and clients of the same
-- size, and what its known outcomes add up to.

with

sums as (

    select * from {{ ref('ftr_client_sums') }}

),

clients as (

    select * from {{ ref('int_clients_in_force') }}

)

select
    sums.as_of_date,
    sums.is_current,
    sums.client_id,
    cast(sums.typical_terms_days as string) as terms_key,
    clients.company_size as size_key,
    sums.known_outcome_count,
    sums.late_count,
    sums.severely_late_count,
    sums.sum_of_days,
    sums.sum_of_squared_days

from sums

left join clients
    on
        sums.client_id = clients.client_id
        and sums.as_of_date = clients.as_of_date
        and sums.is_current = clients.is_current
