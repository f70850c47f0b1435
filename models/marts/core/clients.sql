-- One row per client known by the as-of date: from the master data, as in
-- force that day, or from documents and payments alone.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

versions as (

    select * from {{ ref('int_clients_in_force') }}
    where is_current = true

),

sizes as (

    select * from {{ ref('company_sizes') }}

),

groups as (

    select * from {{ ref('int_client_parents') }}

),

limits_in_force as (

    select
        limits.client_id,
        limits.credit_limit_amount

    from {{ ref('int_credit_limits_in_force') }} as limits

    inner join as_of_dates
        on limits.day_date = as_of_dates.as_of_date

),

seen as (

    select invoices.client_id

    from {{ ref('stg_ledger__invoices') }} as invoices

    inner join as_of_dates
        on invoices.invoice_date <= as_of_dates.as_of_date

    union

    select payments.client_id

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on payments.payment_date <= as_of_dates.as_of_date

    union

    select client_id from versions

)

select
    seen.client_id,
    versions.client_name,
    versions.parent_client_id,
    coalesce(groups.group_client_id, seen.client_id) as group_client_id,
    versions.industry,
    versions.company_size,
    versions.country_code,
    cast(sizes.company_size_rank as int) as company_size_rank,
    versions.payment_terms_days,
    limits_in_force.credit_limit_amount,
    versions.client_id is not null as is_in_master_data

from seen

left join versions
    on seen.client_id = versions.client_id

left join groups
    on seen.client_id = groups.client_id

left join limits_in_force
    on seen.client_id = limits_in_force.client_id

left join sizes
    on versions.company_size = sizes.company_size
