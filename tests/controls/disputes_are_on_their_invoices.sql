-- Fails for each invoice that is called disputed without a dispute open on the
-- as-of date, or not called so with one, and for each open one of which
-- expected_payments says otherwise. A ledger without disputes says it on the
-- invoice.

with

open_disputes as (

    select distinct disputes.invoice_id

    from {{ ref('stg_ledger__disputes') }} as disputes

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on
            disputes.opened_date <= as_of_dates.as_of_date
            and (disputes.closed_date > as_of_dates.as_of_date) is not false

)

select
    invoices.invoice_id,
    invoices.is_disputed,
    expected_payments.is_disputed as is_disputed_in_forecast

from {{ ref('invoices') }} as invoices

cross join {{ ref('stg_ledger__coverage') }} as coverage

left join open_disputes
    on invoices.invoice_id = open_disputes.invoice_id

left join {{ ref('expected_payments') }} as expected_payments
    on invoices.invoice_id = expected_payments.invoice_id

where
    (
        coverage.has_disputes
        and (
            invoices.is_disputed = (open_disputes.invoice_id is not null)
        ) is not true
    )
    or (
        expected_payments.invoice_id is not null
        and expected_payments.is_disputed is distinct from invoices.is_disputed
    )
