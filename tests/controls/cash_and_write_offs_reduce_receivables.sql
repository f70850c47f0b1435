-- Cash and write-offs together are above zero: below, the export has receipts
-- with the sign of the ledger account, and every payment would add to what is
-- owed.

select
    kind,
    sum(document_amount) as document_amount

from {{ ref('stg_ledger__payments') }}

where kind in ('cash', 'write_off')

group by 1

having sum(document_amount) < 0
