-- One row per payment entry applied to a document, in the document's currency
-- and in the reporting currency at the document's rate. A reversal has the
-- effect of the entry that it undoes. Unapplied cash is not here.

{{ config(materialized='table' if target.type == 'spark' else 'view') }}

with

posted as (

    select * from {{ ref('int_entries_posted') }}

),

matched as (

    select * from {{ ref('int_reversals_matched') }}

),

converted as (

    select * from {{ ref('int_entries_converted') }}

),

effective as (

    select
        posted.payment_id,
        posted.invoice_id,
        posted.client_id,
        posted.currency_code,
        posted.kind,
        case
            when coalesce(matched.effect_kind, posted.kind) = 'reversal'
                then 'cash'
            else coalesce(matched.effect_kind, posted.kind)
        end as effect_kind,
        cast(posted.document_amount as decimal(18, 2)) as document_amount,
        cast(
            coalesce(converted.applied_amount, posted.document_amount)
            as decimal(18, 2)
        ) as applied_amount,
        coalesce(matched.days_late, posted.days_after_due) as days_late,
        coalesce(matched.is_whole, false) as is_taking_back,
        posted.payment_date,
        posted.application_date

    from posted

    left join matched
        on posted.payment_id = matched.payment_id

    left join converted
        on posted.payment_id = converted.payment_id

)

select
    payment_id,
    invoice_id,
    client_id,
    currency_code,
    kind,
    effect_kind,
    document_amount,
    case when effect_kind = 'write_off' then 0 else document_amount end
        as settling_amount,
    applied_amount,
    case when effect_kind = 'cash' then applied_amount else 0 end
        as paid_amount,
    case
        when effect_kind in ('credit_note', 'discount') then applied_amount
        else 0
    end as credited_amount,
    case when effect_kind = 'discount' then applied_amount else 0 end
        as discount_amount,
    case when effect_kind = 'write_off' then applied_amount else 0 end
        as written_off_amount,
    case
        when effect_kind = 'write_off' then 0
        else cast(
            cast(applied_amount as decimal(24, 2)) * days_late
            as decimal(28, 2)
        )
    end as amount_days,
    case
        when effect_kind <> 'cash' then 0
        when is_taking_back then -1
        when kind = 'cash' and document_amount > 0 then 1
        else 0
    end as cash_count,
    days_late,
    payment_date,
    application_date

from effective
