-- One row per row of any table of the ledger: its values as they were read.

select
    ledger_table,
    ledger_file,
    ledger_row_number,
    ledger_values

from {{ source('ledger', 'ledger_rows') }}
