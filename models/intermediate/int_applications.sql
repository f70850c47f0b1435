-- One row per payment entry applied to a document, in the document's currency
-- and in the reporting currency at the document's rate. Rounding the running
-- total, not each entry, lets the entries of a paid document add up to it to
-- the cent. Unapplied cash is not here.
--
-- A reversal undoes the latest earlier entry of its document with the same
-- amount that no other reversal undoes, else the latest: it has that entry's
-- kind as its effect, and that entry's days late, so that a bounced payment
-- weighs nothing. A refund takes back the latest earlier cash, and its days
-- late.

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
        {{ days_between(
            'invoices.due_date',
            'greatest(payments.payment_date, invoices.invoice_date)'
        ) }} as days_after_due,
        payments.payment_date,
        greatest(payments.payment_date, invoices.invoice_date)
            as application_date

    from payments

    inner join invoices
        on payments.invoice_id = invoices.invoice_id

),

-- documents with an entry that undoes another, which few have
undone as (

    select distinct invoice_id from posted
    where kind = 'reversal' or (kind = 'cash' and document_amount < 0)

),

-- entries and reversals of one amount pair like brackets: both of a pair stand
-- at the same level
nested as (

    select
        posted.*,
        abs(posted.document_amount) as entry_amount,
        sum(case when posted.kind = 'reversal' then -1 else 1 end) over (
            partition by posted.invoice_id, abs(posted.document_amount)
            order by
                posted.application_date,
                posted.payment_date,
                case when posted.kind = 'reversal' then 1 else 0 end,
                posted.payment_id
            rows between unbounded preceding and current row
        ) + case when posted.kind = 'reversal' then 1 else 0 end
            as nesting_level

    from posted

    inner join undone
        on posted.invoice_id = undone.invoice_id

),

paired as (

    select
        payment_id,
        kind,
        lag(kind) over same_level as undone_kind,
        lag(days_after_due) over same_level as undone_days

    from nested

    window same_level as (
        partition by invoice_id, entry_amount, nesting_level
        order by
            application_date,
            payment_date,
            case when kind = 'reversal' then 1 else 0 end,
            payment_id
    )

),

unpaired as (

    select
        reversals.payment_id,
        entries.kind as undone_kind,
        entries.days_after_due as undone_days,
        row_number() over (
            partition by reversals.payment_id
            order by entries.application_date desc, entries.payment_id desc
        ) as match_rank

    from posted as reversals

    inner join paired
        on reversals.payment_id = paired.payment_id

    inner join posted as entries
        on
            reversals.invoice_id = entries.invoice_id
            and reversals.application_date >= entries.application_date
            and entries.kind <> 'reversal'
            and (
                reversals.kind = 'reversal'
                or (entries.kind = 'cash' and entries.document_amount > 0)
            )

    where
        (paired.kind = 'reversal' and paired.undone_kind is null)
        or (reversals.kind = 'cash' and reversals.document_amount < 0)

),

matched as (

    select
        payment_id,
        undone_kind as effect_kind,
        undone_days as days_late

    from paired

    where kind = 'reversal' and undone_kind is not null

    union all

    select
        payment_id,
        undone_kind as effect_kind,
        undone_days as days_late

    from unpaired

    where match_rank = 1

),

effective as (

    select
        posted.*,
        coalesce(matched.effect_kind, posted.kind) as effect_kind,
        coalesce(matched.days_late, posted.days_after_due) as days_late

    from posted

    left join matched
        on posted.payment_id = matched.payment_id

),

running as (

    select
        payment_id,
        exchange_rate,
        document_amount,
        sum(document_amount) over (
            partition by invoice_id
            order by application_date, payment_date, payment_id
            rows between unbounded preceding and current row
        ) as running_amount

    from posted

    where exchange_rate <> 1

),

converted as (

    select
        payment_id,
        round(cast(running_amount as decimal(18, 2)) * exchange_rate, 2)
        - round(
            cast(running_amount - document_amount as decimal(18, 2))
            * exchange_rate,
            2
        ) as applied_amount

    from running

)

select
    effective.payment_id,
    effective.invoice_id,
    effective.client_id,
    effective.currency_code,
    effective.kind,
    case effective.effect_kind
        when 'reversal' then 'cash' else effective.effect_kind
    end as effect_kind,
    cast(effective.document_amount as decimal(18, 2)) as document_amount,
    cast(
        coalesce(converted.applied_amount, effective.document_amount)
        as decimal(18, 2)
    ) as applied_amount,
    effective.days_late,
    effective.payment_date,
    effective.application_date

from effective

left join converted
    on effective.payment_id = converted.payment_id
