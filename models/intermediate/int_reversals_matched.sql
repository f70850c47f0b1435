-- One row per reversal or refund that has an entry to undo: which, its kind and
-- its days late, and whether all of it is taken back.
--
-- A reversal undoes the latest earlier entry of its document with the same
-- amount and the other sign that no other reversal undoes, else the latest of
-- that sign: it has that entry's kind as its effect, and that entry's days
-- late, so that a bounced payment weighs nothing. A refund takes back the
-- latest earlier cash, and its days late. Of the latest entries of one day, cash
-- goes first.

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

-- a reversal is of what came that day or before; but where a write-off stands
-- when the money comes, it takes back the write-off for the money
placed as (

    select
        *,
        case
            when
                kind = 'cash'
                and lag(kind) over by_day = 'write_off'
                and lead(kind) over by_day = 'reversal'
                and lead(payment_date) over by_day = payment_date
                then 2
            when kind = 'reversal' then 1
            else 0
        end as place_of_day

    from posted

    window by_day as (
        partition by invoice_id, entry_amount
        order by
            application_date,
            payment_date,
            case when kind = 'reversal' then 1 else 0 end,
            payment_id
    )

),

-- entries and reversals of one amount pair like brackets: both of a pair stand
-- at the same level
nested as (

    select
        *,
        sum(case when kind = 'reversal' then -1 else 1 end) over (
            partition by invoice_id, entry_amount
            order by application_date, payment_date, place_of_day, payment_id
            rows between unbounded preceding and current row
        ) + case when kind = 'reversal' then 1 else 0 end
            as nesting_level

    from placed

),

paired as (

    select
        payment_id,
        kind,
        payment_date,
        lag(payment_id) over same_level as undone_payment_id,
        lag(kind) over same_level as undone_kind,
        lag(days_after_due) over same_level as undone_days

    from nested

    window same_level as (
        partition by invoice_id, entry_amount, nesting_level
        order by application_date, payment_date, place_of_day, payment_id
    )

),

unpaired as (

    select
        reversals.payment_id,
        reversals.kind,
        reversals.payment_date,
        entries.payment_id as undone_payment_id,
        entries.kind as undone_kind,
        entries.days_after_due as undone_days,
        abs(reversals.document_amount) >= abs(entries.document_amount)
            as is_whole,
        row_number() over (
            partition by reversals.payment_id
            order by
                entries.application_date desc,
                entries.payment_date desc,
                case when entries.kind = 'cash' then 0 else 1 end,
                entries.payment_id desc
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
        kind,
        undone_payment_id,
        undone_kind as effect_kind,
        undone_days as days_late,
        true as is_whole,
        payment_date

    from paired

    where kind = 'reversal' and undone_kind is not null

    union all

    select
        payment_id,
        kind,
        undone_payment_id,
        undone_kind as effect_kind,
        undone_days as days_late,
        is_whole,
        payment_date

    from unpaired

    where match_rank = 1

)

select * from matched
