-- One row per reversal or refund that has an entry to undo: which, its kind and
-- its days late, and whether all of it is taken back.
--
-- A reversal undoes the latest earlier entry of its document with the same
-- amount and the other sign that no other reversal undoes, else the latest of
-- that sign: it has that entry's kind as its effect, and that entry's days
-- late, so that a bounced payment weighs nothing. A refund takes back the
-- latest earlier cash, and its days late. Of the entries of one day, cash is
-- the latest.
--
-- A reversal of cash of its own day takes back a write-off for the money, as
-- far as one stands; it is the cash that a later reversal then undoes.

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
        end as entry_amount,
        case entries.kind
            when 'reversal' then 2
            when 'cash' then 1
            else 0
        end as place_of_day

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
            order by payment_date, place_of_day, payment_id
            rows between unbounded preceding and current row
        ) + case when kind = 'reversal' then 1 else 0 end
            as nesting_level

    from posted

),

bracketed as (

    select
        *,
        case when kind = 'reversal' then lag(payment_id) over same_level end
            as undone_payment_id,
        case when kind = 'reversal' then lag(kind) over same_level end
            as undone_kind,
        lag(days_after_due) over same_level as undone_days,
        lag(payment_date) over same_level as undone_date

    from nested

    window same_level as (
        partition by invoice_id, entry_amount, nesting_level
        order by payment_date, place_of_day, payment_id
    )

),

-- what stands written off
standing as (

    select
        *,
        sum(case
            when coalesce(undone_kind, kind) = 'write_off' then document_amount
            else 0
        end) over (
            partition by invoice_id
            order by payment_date, place_of_day, payment_id
            rows between unbounded preceding and current row
        ) as written_off_amount

    from bracketed

),

-- what came on the day of a reversal of its amount, where so much stands
coming as (

    select
        *,
        undone_kind = 'cash'
        and undone_date = payment_date
        and entry_amount between 0 and written_off_amount as is_for_loss

    from standing

),

received as (

    select
        *,
        sum(case when is_for_loss then entry_amount else 0 end) over so_far
            as received_amount,
        max(case when is_for_loss then undone_days end) over so_far
            as received_days

    from coming

    window so_far as (
        partition by invoice_id
        order by payment_date, place_of_day, payment_id
        rows between unbounded preceding and current row
    )

),

judged as (

    select
        *,
        is_for_loss
        and received_amount <= written_off_amount as is_undoing_loss,
        undone_kind = 'write_off'
        and received_amount > written_off_amount as is_undoing_receipt

    from received

    where undone_kind is not null

),

paired as (

    select
        payment_id,
        kind,
        case
            when not is_undoing_loss and not is_undoing_receipt
                then undone_payment_id
        end as undone_payment_id,
        case
            when is_undoing_loss then 'write_off'
            when is_undoing_receipt then 'cash'
            else undone_kind
        end as effect_kind,
        case
            when is_undoing_receipt then received_days
            when not is_undoing_loss then undone_days
        end as days_late,
        payment_date

    from judged

),

unpaired as (

    select
        reversals.payment_id,
        reversals.kind,
        entries.payment_id as undone_payment_id,
        entries.kind as effect_kind,
        entries.days_after_due as days_late,
        abs(reversals.document_amount) >= abs(entries.document_amount)
            as is_whole,
        reversals.payment_date,
        row_number() over (
            partition by reversals.payment_id
            order by
                case when taken.payment_id is null then 0 else 1 end,
                entries.payment_date desc,
                entries.place_of_day desc,
                entries.payment_id desc
        ) as match_rank

    from posted as reversals

    inner join posted as entries
        on
            reversals.invoice_id = entries.invoice_id
            and reversals.payment_date >= entries.payment_date
            and (reversals.document_amount < 0) <> (entries.document_amount < 0)
            and entries.kind <> 'reversal'
            and (reversals.kind = 'reversal' or entries.kind = 'cash')

    left join paired
        on reversals.payment_id = paired.payment_id

    -- what bounced before cannot again
    left join paired as taken
        on
            entries.payment_id = taken.undone_payment_id
            and reversals.payment_date >= taken.payment_date

    where
        paired.payment_id is null
        and (
            reversals.kind = 'reversal'
            or (reversals.kind = 'cash' and reversals.document_amount < 0)
        )

),

matched as (

    select
        payment_id,
        kind,
        undone_payment_id,
        effect_kind,
        days_late,
        true as is_whole,
        payment_date

    from paired

    union all

    select
        payment_id,
        kind,
        undone_payment_id,
        effect_kind,
        days_late,
        is_whole,
        payment_date

    from unpaired

    where match_rank = 1

)

select * from matched
