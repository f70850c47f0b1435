-- One row per as-of date and client: days late weighted by amount, over every
-- application by its own days late and every open past-due remainder by its
-- days past due. Write-offs are losses, not payments.

with

applications as (

    select * from {{ ref('int_applications') }}
    where effect_kind <> 'write_off'

),

invoices as (

    select * from {{ ref('int_invoices_judged') }}
    where is_invoice

),

weighted as (

    select
        invoices.as_of_date,
        invoices.client_id,
        applications.applied_amount as amount,
        applications.days_late

    from applications

    inner join invoices
        on applications.invoice_id = invoices.invoice_id

    where applications.application_date <= invoices.as_of_date

    union all

    select
        as_of_date,
        client_id,
        outstanding_amount as amount,
        days_past_due as days_late

    from invoices

    where days_past_due > 0

)

select
    as_of_date,
    client_id,
    sum(cast(cast(amount as decimal(24, 2)) * days_late as decimal(28, 2)))
        as amount_days,
    sum(amount) as weighed_amount

from weighted

group by 1, 2
