-- One row per payment entry applied to a document, in the document's currency
-- and in the reporting currency at the document's rate. Rounding the running
-- total, not each entry, lets the entries of a paid document add up to it to
-- the cent. Unapplied cash is not here.
--
-- A reversal undoes the latest earlier entry of its document with the same
-- amount, else the latest: it has that entry's kind as its effect, and that
-- entry's days late, so that a bounced payment weighs nothing.

with

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

payments as (

    select * from {{ ref('stg_ledger__payments') }}

),

-- a receipt posted before its invoice reduces it from the day it is issued
posted as (

    select
        payments.payment_id,
        payments.invoice_id,
        invoices.client_id,
        invoices.currency_code,
        payments.kind,
        payments.document_amount,
        invoices.exchange_rate,
        {{ days_between('invoices.due_date', 'payments.payment_date') }}
            as days_after_due,
        payments.payment_date,
        greatest(payments.payment_date, invoices.invoice_date)
            as application_date

    from payments

    inner join invoices
        on payments.invoice_id = invoices.invoice_id

),

matched as (

    select
        reversals.payment_id,
        entries.kind as effect_kind,
        entries.days_after_due as days_late,
        row_number() over (
            partition by reversals.payment_id
            order by
                abs(entries.document_amount + reversals.document_amount) > 0,
                entries.application_date desc,
                entries.payment_id desc
        ) as match_rank

    from posted as reversals

    inner join posted as entries
        on
            reversals.invoice_id = entries.invoice_id
            and reversals.application_date >= entries.application_date

    where reversals.kind = 'reversal' and entries.kind <> 'reversal'

),

running as (

    select
        posted.*,
        coalesce(matched.effect_kind, posted.kind) as effect_kind,
        coalesce(matched.days_late, posted.days_after_due) as days_late,
        sum(posted.document_amount) over (
            partition by posted.invoice_id
            order by
                posted.application_date, posted.payment_date, posted.payment_id
            rows between unbounded preceding and current row
        ) as running_amount

    from posted

    left join matched
        on
            posted.payment_id = matched.payment_id
            and matched.match_rank = 1

)

select
    payment_id,
    invoice_id,
    client_id,
    currency_code,
    kind,
    case effect_kind when 'reversal' then 'cash' else effect_kind end
        as effect_kind,
    cast(document_amount as decimal(18, 2)) as document_amount,
    cast(
        round(cast(running_amount as decimal(18, 2)) * exchange_rate, 2)
        - round(
            cast(running_amount - document_amount as decimal(18, 2))
            * exchange_rate,
            2
        ) as decimal(18, 2)
    ) as applied_amount,
    days_late,
    payment_date,
    application_date

from running
