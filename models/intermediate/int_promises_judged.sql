-- One row per promise of the ledger's extension requests whose amount is
-- known: what was promised, what came in after the request up to the promised
-- day and its grace, and whether that was enough for it and the instalments
-- before it, but never for more than was open. A promise without an amount is
-- for what was open that day; one without an invoice, for any cash of the
-- client.

with

requests as (

    select
        *,
        cast(
            promised_date + {{ var('promise_grace_days') }} as date
        ) as judged_date

    from {{ ref('stg_ledger__extension_requests') }}

    where promised_date is not null

),

states as (

    select * from {{ ref('int_invoice_states') }}

),

invoices as (

    select * from {{ ref('stg_ledger__invoices') }}

),

cash as (

    select * from {{ ref('int_cash_for_promises') }}

),

promised as (

    select
        requests.request_id,
        requests.client_id,
        requests.invoice_id,
        requests.request_date,
        requests.promised_date,
        requests.judged_date,
        coalesce(
            'invoice ' || requests.invoice_id, 'client ' || requests.client_id
        ) as promise_for,
        cast(coalesce(
            round(
                requests.promised_amount
                * coalesce(invoices.exchange_rate, cast(1 as decimal(19, 8))),
                2
            ),
            states.outstanding_amount
        ) as decimal(18, 2)) as promised_amount,
        states.outstanding_amount as open_amount

    from requests

    left join invoices
        on requests.invoice_id = invoices.invoice_id

    left join states
        on
            requests.invoice_id = states.invoice_id
            and requests.request_date >= states.from_date
            and requests.request_date < states.until_date

),

received as (

    select
        promised.request_id,
        sum(cash.entry_amount) as received_amount

    from promised

    inner join cash
        on
            promised.promise_for = cash.promise_for
            and promised.request_date < cash.payment_date
            and promised.judged_date >= cash.payment_date

    group by 1

),

asked as (

    select
        *,
        sum(promised_amount) over (
            partition by client_id, invoice_id, request_date
            order by promised_date, request_id
            rows between unbounded preceding and current row
        ) as asked_amount

    from promised

    where promised_amount > 0

)

select
    asked.request_id,
    asked.client_id,
    asked.invoice_id,
    asked.promise_for,
    asked.promised_amount,
    cast(coalesce(received.received_amount, 0) as decimal(18, 2))
        as received_amount,
    coalesce(received.received_amount, 0)
    >= case
        when asked.open_amount > 0
            then least(
                asked.asked_amount,
                greatest(asked.open_amount, asked.promised_amount)
            )
        else asked.asked_amount
    end * (1 - {{ var('promise_tolerance_share') }}) as is_kept,
    asked.request_date,
    asked.promised_date,
    asked.judged_date

from asked

left join received
    on asked.request_id = received.request_id
