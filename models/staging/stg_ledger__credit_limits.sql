-- One row per client and day from which a limit holds: accepted rows.

with

credit_limits as (

    select * from {{ ref('base_ledger__credit_limits') }}
    where broken_rules is null

)

select
    client_id,
    credit_limit_amount,
    valid_from

from credit_limits
