-- One row per payment entry and day on which a part of it ceased to be beside
-- the documents: cash and credits for no document, and payments for an invoice
-- that was not yet issued, at the rate of the day they came in. What takes cash
-- back, or away to apply it elsewhere, takes of the oldest that is left, and
-- the part ends; what takes more than has come stands until more comes.

{{ config(materialized='table') }}

with

entries as (

    select * from {{ ref('int_unapplied_queues') }}

),

parts as (

    select
        entries.*,
        greatest(entries.start_amount, opposites.start_amount)
            as part_start_amount,
        least(entries.end_amount, opposites.end_amount) as part_end_amount,
        opposites.payment_date as until_date,
        true as is_taken_back

    from entries

    inner join entries as opposites
        on
            entries.client_id = opposites.client_id
            and entries.currency_code = opposites.currency_code
            and entries.invoice_key = opposites.invoice_key
            and entries.is_taking <> opposites.is_taking
            and entries.start_amount < opposites.end_amount
            and entries.end_amount > opposites.start_amount
            and entries.payment_date < opposites.payment_date

    union all

    select
        *,
        greatest(start_amount, opposite_amount) as part_start_amount,
        end_amount as part_end_amount,
        coalesce(invoice_date, cast('9999-12-31' as date)) as until_date,
        false as is_taken_back

    from entries

    where end_amount > opposite_amount

),

-- the parts of an entry add up to it in either currency
converted as (

    select
        *,
        part_end_amount - part_start_amount as part_amount,
        {{ in_reporting_currency(
            '(part_end_amount - start_amount)', 'exchange_rate'
        ) }}
        - {{ in_reporting_currency(
            '(part_start_amount - start_amount)', 'exchange_rate'
        ) }} as converted_amount,
        case when is_taking then -1 else 1 end as effect

    from parts

)

select
    payment_id,
    client_id,
    invoice_id,
    currency_code,
    cast(sum(effect * part_amount) as decimal(18, 2)) as document_amount,
    cast(sum(effect * converted_amount) as decimal(18, 2)) as unapplied_amount,
    kind,
    is_taken_back,
    payment_date as from_date,
    until_date

from converted

group by 1, 2, 3, 4, 7, 8, 9, 10
