-- One row per quarantined ledger row and rule that it broke, with the row as
-- it was read.

with

rules as (

    select * from {{ ref('ledger_rules') }}

),

ledger_rows as (

    select * from {{ ref('stg_ledger__rows') }}

),

quarantined as (

    select * from {{ ref('int_rows_judged') }}
    where broken_rules is not null

)

select
    quarantined.ledger_table,
    quarantined.ledger_file,
    quarantined.ledger_row_number as row_number,
    rules.rule_code,
    quarantined.client_id,
    quarantined.document_id,
    quarantined.amount,
    rules.what,
    rules.remedy,
    ledger_rows.ledger_values as raw_values

from quarantined

inner join rules
    on
        ', ' || quarantined.broken_rules || ',' like
        '%, ' || rules.rule_code || ',%'

left join ledger_rows
    on
        quarantined.ledger_table = ledger_rows.ledger_table
        and quarantined.ledger_file = ledger_rows.ledger_file
        and quarantined.ledger_row_number = ledger_rows.ledger_row_number
