-- One row per accepted request for more time.

with

extension_requests as (

    select * from {{ ref('base_ledger__extension_requests') }}
    where broken_rules is null

)

select
    request_id,
    client_id,
    invoice_id,
    promised_amount,
    request_date,
    promised_date

from extension_requests
