-- One row per currency and month: what staging says moved the receivables
-- account, by the as-of date, in document currency. Entries for no document
-- count: unapplied cash reduces the account too.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

flows as (

    select
        currency_code,
        invoice_date as flow_date,
        document_type as flow,
        document_amount as flow_amount

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        currency_code,
        payment_date as flow_date,
        case kind when 'credit_note' then 'credit' else kind end as flow,
        -document_amount as flow_amount

    from {{ ref('stg_ledger__payments') }}

)

select
    flows.currency_code,
    last_day(flows.flow_date) as month_end_date,
    sum(flows.flow_amount) filter (where flows.flow = 'invoice')
        as invoiced_amount,
    sum(flows.flow_amount) filter (
        where flows.flow in ('credit_note', 'credit')
    )
        as credited_amount,
    sum(flows.flow_amount) filter (where flows.flow = 'cash') as cash_amount,
    sum(flows.flow_amount) filter (where flows.flow = 'discount')
        as discount_amount,
    sum(flows.flow_amount) filter (where flows.flow = 'write_off')
        as written_off_amount,
    sum(flows.flow_amount) filter (where flows.flow = 'reversal')
        as reversed_amount,
    sum(flows.flow_amount) as net_amount

from flows

inner join as_of_dates
    on flows.flow_date <= as_of_dates.as_of_date

group by 1, 2
