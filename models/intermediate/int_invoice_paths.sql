-- One row per invoice, state in which a window may begin (or new, where the
-- invoice is issued within it) and state in which it may end: what became of
-- the amount. It is still open, or written off, or paid, which stands for
-- cash, credits and discounts, those for what had been written off too.

{{ config(materialized='view') }}

with

beginnings as (

    select
        invoice_id,
        client_id,
        due_date,
        false as is_new,
        outstanding_amount as from_amount,
        written_off_amount as from_loss_amount,
        is_within_tolerance,
        from_date,
        until_date

    from {{ ref('int_invoice_states') }}

    where is_invoice and outstanding_amount > 0

    union all

    select
        invoice_id,
        client_id,
        due_date,
        true as is_new,
        invoice_amount as from_amount,
        0 as from_loss_amount,
        false as is_within_tolerance,
        cast('0001-01-01' as date) as from_date,
        invoice_date as until_date

    from {{ ref('int_invoice_states') }}

    where is_invoice and invoice_date = from_date

),

paired as (

    select
        beginnings.*,
        endings.from_date as end_from_date,
        endings.until_date as end_until_date,
        least(
            beginnings.from_amount, greatest(endings.outstanding_amount, 0)
        ) as open_amount,
        greatest(
            endings.written_off_amount
            - greatest(
                least(
                    endings.written_off_amount, -endings.outstanding_amount
                ),
                0
            )
            - beginnings.from_loss_amount,
            0
        ) as loss_amount

    from beginnings

    inner join {{ ref('int_invoice_states') }} as endings
        on
            beginnings.invoice_id = endings.invoice_id
            and beginnings.from_date <= endings.from_date

)

select
    invoice_id,
    client_id,
    due_date,
    is_new,
    is_within_tolerance,
    from_date as begin_from_date,
    until_date as begin_until_date,
    end_from_date,
    end_until_date,
    from_amount,
    cast(open_amount as decimal(18, 2)) as open_amount,
    cast(
        least(loss_amount, from_amount - open_amount) as decimal(18, 2)
    ) as written_off_amount

from paired
