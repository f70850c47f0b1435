-- The balance of the ledger account at a period end is what the roll-forward
-- closes with. After control_totals, so that a failure leaves both to be read.
-- depends_on: {{ ref('control_totals') }}

select
    period_end_date,
    currency_code,
    closing_amount,
    ledger_account_amount

from {{ ref('ar_rollforward') }}

where ledger_account_difference_amount <> 0
