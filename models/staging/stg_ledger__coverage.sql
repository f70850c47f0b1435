-- One row: which parts of the contract the ledger has. What it has not turns
-- the features that need it off; it does not make them zero.

with

ledger_columns as (

    select * from {{ source('ledger', 'ledger_columns') }}
    where is_provided

),

covered as (

    select
        count(*) filter (where table_name = 'clients') > 0 as has_clients,
        count(*) filter (where table_name = 'payments') > 0
            as has_payments_table,
        count(*) filter (
            where table_name = 'payments'
            or (table_name = 'invoices' and column_name = 'payment_date')
        ) > 0 as has_payments,
        count(*) filter (where table_name = 'reminders') > 0 as has_reminders,
        count(*) filter (where table_name = 'extension_requests') > 0
            as has_extension_requests,
        count(*) filter (where table_name = 'credit_limits') > 0
            as has_credit_limits,
        count(*) filter (where table_name = 'disputes') > 0 as has_disputes

    from ledger_columns

)

select * from covered
