-- One row per accepted dispute.

with

disputes as (

    select * from {{ ref('base_ledger__disputes') }}
    where broken_rules is null

)

select
    dispute_id,
    invoice_id,
    reason,
    opened_date,
    closed_date

from disputes
