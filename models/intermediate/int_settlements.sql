-- One row per stretch of time in which an invoice stood settled: from the day
-- its open amount came within tolerance to the day a reversal opened it again,
-- if one did. A write-off closes an invoice without settling it.

with

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}
    where document_type = 'invoice'

),

applications as (

    select * from {{ ref('int_applications') }}
    where effect_kind <> 'write_off'

),

applied_by_day as (

    select
        invoice_id,
        application_date,
        sum(document_amount) as document_amount

    from applications

    group by 1, 2

),

balances as (

    select
        invoices.invoice_id,
        invoices.document_amount,
        applied_by_day.application_date,
        invoices.document_amount - sum(applied_by_day.document_amount) over (
            partition by invoices.invoice_id
            order by applied_by_day.application_date
            rows between unbounded preceding and current row
        ) as open_amount

    from applied_by_day

    inner join invoices
        on applied_by_day.invoice_id = invoices.invoice_id

),

judged as (

    select
        invoice_id,
        application_date,
        open_amount <= least(
            document_amount * {{ var('settlement_tolerance_share') }},
            {{ var('settlement_tolerance_amount') }}
        ) as is_settled

    from balances

),

compared as (

    select
        *,
        coalesce(
            lag(is_settled) over (
                partition by invoice_id order by application_date
            ),
            false
        ) as was_settled

    from judged

),

turning_points as (

    select
        invoice_id,
        is_settled,
        application_date as settled_date,
        lead(application_date) over (
            partition by invoice_id order by application_date
        ) as reopened_date

    from compared

    where is_settled <> was_settled

)

select
    invoice_id,
    settled_date,
    reopened_date

from turning_points

where is_settled
