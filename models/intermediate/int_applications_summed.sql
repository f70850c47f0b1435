-- One row per document to which something was applied: all that was ever
-- applied to it, and the first and the last day. Not cut at the as-of date. A
-- step of its own, for with the next one it would need twice the memory.

select
    invoice_id,
    cast(sum(document_amount) as decimal(18, 2)) as applied_document_amount,
    cast(sum(settling_amount) as decimal(18, 2)) as settling_amount,
    cast(sum(applied_amount) as decimal(18, 2)) as applied_amount,
    cast(sum(paid_amount) as decimal(18, 2)) as paid_amount,
    cast(sum(credited_amount) as decimal(18, 2)) as credited_amount,
    cast(sum(discount_amount) as decimal(18, 2)) as discount_amount,
    cast(sum(written_off_amount) as decimal(18, 2)) as written_off_amount,
    cast(sum(amount_days) as decimal(28, 2)) as amount_days,
    cast(sum(cash_count) as int) as cash_count,
    min(application_date) as first_application_date,
    max(application_date) as last_application_date

from {{ ref('int_applications') }}

group by 1
