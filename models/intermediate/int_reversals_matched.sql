-- One row per reversal or refund that has an entry to undo: the kind and the
-- days late of that entry.
--
-- A reversal undoes the latest earlier entry of its document with the same
-- amount and the other sign that no other reversal undoes, else the latest of
-- that sign: it has that entry's kind as its effect, and that entry's days
-- late, so that a bounced payment weighs nothing. A refund takes back the
-- latest earlier cash, and its days late.

with

-- documents with an entry that undoes another, which few have
undone as (

    select distinct invoice_id from {{ ref('int_entries_posted') }}
    where kind = 'reversal' or (kind = 'cash' and document_amount < 0)

),

posted as (

    select
        entries.*,
        case
            when entries.kind = 'reversal' then -entries.document_amount
            else entries.document_amount
        end as entry_amount

    from {{ ref('int_entries_posted') }} as entries

    inner join undone
        on entries.invoice_id = undone.invoice_id

),

-- entries and reversals of one amount pair like brackets: both of a pair stand
-- at the same level
nested as (

    select
        *,
        sum(case when kind = 'reversal' then -1 else 1 end) over (
            partition by invoice_id, entry_amount
            order by
                application_date,
                payment_date,
                case when kind = 'reversal' then 1 else 0 end,
                payment_id
            rows between unbounded preceding and current row
        ) + case when kind = 'reversal' then 1 else 0 end
            as nesting_level

    from posted

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
            and (reversals.document_amount < 0) <> (entries.document_amount < 0)
            and entries.kind <> 'reversal'
            and (reversals.kind = 'reversal' or entries.kind = 'cash')

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

)

select * from matched
