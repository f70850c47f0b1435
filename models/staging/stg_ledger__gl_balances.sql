-- One row per period end and currency: accepted balances of the account.

with

gl_balances as (

    select * from {{ ref('base_ledger__gl_balances') }}
    where broken_rules is null

)

select
    currency_code,
    receivables_balance,
    period_end_date

from gl_balances
