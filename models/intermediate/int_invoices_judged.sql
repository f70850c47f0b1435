-- One row per as-of date and document issued by then: whether it is open, how
-- late it is, and what that says. An open invoice past due is late already; an
-- open invoice not yet due says nothing; a written-off one is a loss.

with

invoices as (

    select * from {{ ref('int_invoices_as_of') }}

),

disputes as (

    select * from {{ ref('stg_ledger__disputes') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

disputed as (

    select distinct
        invoices.as_of_date,
        invoices.invoice_id

    from invoices

    inner join disputes
        on
            invoices.invoice_id = disputes.invoice_id
            and invoices.as_of_date >= disputes.opened_date
            and (invoices.as_of_date < disputes.closed_date) is not false

),

opened as (

    select
        invoices.*,
        invoices.document_type = 'invoice' as is_invoice,
        abs(invoices.open_document_amount) > least(
            abs(invoices.document_amount)
            * {{ var('settlement_tolerance_share') }},
            {{ var('settlement_tolerance_amount') }}
        ) as has_open_amount,
        case
            when coverage.has_disputes then disputed.invoice_id is not null
            else invoices.is_marked_disputed
        end as is_disputed,
        {{ days_between('invoices.due_date', 'invoices.settled_date') }}
            as settled_days,
        {{ days_between('invoices.due_date', 'invoices.as_of_date') }}
            as elapsed_days

    from invoices

    cross join coverage

    left join disputed
        on
            invoices.invoice_id = disputed.invoice_id
            and invoices.as_of_date = disputed.as_of_date

),

timed as (

    select
        *,
        has_open_amount and (settled_date is null or not is_invoice) as is_open,
        case when is_invoice then settled_days end as days_late,
        case
            when has_open_amount and is_invoice and settled_date is null
                then elapsed_days
        end as days_past_due

    from opened

)

select
    as_of_date,
    invoice_id,
    client_id,
    document_type,
    currency_code,
    document_amount,
    open_document_amount,
    invoice_amount,
    paid_amount,
    credited_amount,
    discount_amount,
    written_off_amount,
    outstanding_amount,
    cash_count,
    days_late,
    days_past_due,
    case
        when days_late is not null then days_late
        when days_past_due > 0 then days_past_due
    end as known_days_late,
    is_invoice,
    is_open,
    is_disputed,
    is_due_date_derived,
    days_late is not null
    or coalesce(days_past_due > 0, false) as is_late_known,
    case
        when days_late is not null then days_late > 0
        when days_past_due > 0 then true
    end as is_late,
    is_invoice
    and (
        cash_count > 1 or (settled_date is null and paid_amount > 0)
    ) as is_partially_paid,
    invoice_date,
    due_date,
    settled_date

from timed
