-- Fails where no accepted invoice was issued by the as-of date: an empty file,
-- or an as_of_date before the ledger begins. There is nothing to build then.

select as_of_dates.as_of_date

from {{ ref('as_of_dates') }} as as_of_dates

left join {{ ref('stg_ledger__invoices') }} as invoices
    on as_of_dates.as_of_date >= invoices.invoice_date

group by 1

having count(invoices.invoice_id) = 0
