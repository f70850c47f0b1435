-- Fails for a document whose states overlap or leave a day out between its
-- first day and the end of time.

select
    invoice_id,
    count(*) as state_count,
    min(from_date) as first_date,
    max(until_date) as last_date

from {{ ref('int_invoice_states') }}

group by 1

having
    sum({{ days_between('from_date', 'until_date') }})
    <> {{ days_between('min(from_date)', 'max(until_date)') }}
    or max(until_date) <> cast('9999-12-31' as date)
    or min({{ days_between('from_date', 'until_date') }}) <= 0
