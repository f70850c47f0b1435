-- One row per cash entry and promise that it may keep: one for its invoice, or
-- one of its client for no invoice. promise_for is the key of either.

with

applications as (

    select * from {{ ref('int_applications') }}

),

unapplied as (

    select * from {{ ref('int_unapplied') }}

),

cash as (

    select
        invoice_id,
        client_id,
        applied_amount as entry_amount,
        payment_date

    from applications

    where effect_kind = 'cash'

    union all

    select
        cast(null as string) as invoice_id,
        client_id,
        unapplied_amount as entry_amount,
        from_date as payment_date

    from unapplied

    where
        kind in ('cash', 'reversal')
        and until_date = cast('9999-12-31' as date)

)

select
    'invoice ' || invoice_id as promise_for,
    entry_amount,
    payment_date

from cash

where invoice_id is not null

union all

select
    'client ' || client_id as promise_for,
    entry_amount,
    payment_date

from cash
