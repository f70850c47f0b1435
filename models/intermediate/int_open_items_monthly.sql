-- One row per currency and month: by how much open documents, less what is not
-- applied, changed by the as-of date, in document currency, as the invoice
-- model sees it: an entry counts when it reduces its document.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

changes as (

    select
        currency_code,
        invoice_date as change_date,
        document_amount as change_amount

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        currency_code,
        application_date as change_date,
        -document_amount as change_amount

    from {{ ref('int_applications') }}

    union all

    -- unapplied from the day it came until its invoice is issued
    select
        currency_code,
        payment_date as change_date,
        -document_amount as change_amount

    from {{ ref('int_applications') }}

    where application_date > payment_date

    union all

    select
        currency_code,
        application_date as change_date,
        document_amount as change_amount

    from {{ ref('int_applications') }}

    where application_date > payment_date

    union all

    select
        currency_code,
        payment_date as change_date,
        -document_amount as change_amount

    from {{ ref('stg_ledger__payments') }}

    where invoice_id is null

)

select
    changes.currency_code,
    last_day(changes.change_date) as month_end_date,
    sum(changes.change_amount) as change_amount

from changes

inner join as_of_dates
    on changes.change_date <= as_of_dates.as_of_date

group by 1, 2
