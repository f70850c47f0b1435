-- What was paid on all invoices, and written off, is not below zero: it would
-- be, were receipts in the export with the sign of the ledger account, and
-- every one would add to what is owed. After control_totals, so that a failure
-- leaves them to be read.
-- depends_on: {{ ref('control_totals') }}

select
    sum(paid_amount) as paid_amount,
    sum(written_off_amount) as written_off_amount

from {{ ref('int_invoices_applied') }}

where is_invoice

having sum(paid_amount) < 0 or sum(written_off_amount) < 0
