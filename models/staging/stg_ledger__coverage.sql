-- One row: which parts of the contract the ledger has. What it has not turns
-- the features that need it off; it does not make them zero.

{{ config(materialized='table') }}

with

ledger_columns as (

    select * from {{ source('ledger', 'ledger_columns') }}
    where is_provided

),

-- a table with nothing but a header says nothing of clients or payments
clients as (

    select count(*) as row_count from {{ source('ledger', 'clients') }}

),

payments as (

    select count(*) as row_count from {{ source('ledger', 'payments') }}

),

covered as (

    select
        max(clients.row_count) > 0 as has_clients,
        max(payments.row_count) > 0 as has_payments_table,
        count(*) filter (
            where ledger_columns.table_name = 'payments'
            or (
                ledger_columns.table_name = 'invoices'
                and ledger_columns.column_name = 'payment_date'
            )
        ) > 0 as has_payments,
        count(*) filter (where ledger_columns.table_name = 'reminders')
        > 0 as has_reminders,
        count(*) filter (where ledger_columns.table_name = 'extension_requests')
        > 0
            as has_extension_requests,
        count(*) filter (where ledger_columns.table_name = 'credit_limits') > 0
            as has_credit_limits,
        count(*) filter (where ledger_columns.column_name = 'recorded_at') > 0
            as has_recorded_at,
        count(*) filter (where ledger_columns.table_name = 'disputes')
        > 0 as has_disputes

    from ledger_columns

    cross join clients

    cross join payments

)

select * from covered
