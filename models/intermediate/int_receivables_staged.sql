-- One row: what is owed on the as-of date in the reporting currency, by
-- staging alone: each document less everything posted against it, and what was
-- posted against none and is left, the oldest being gone first. The marts'
-- totals are compared with it.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

posted as (

    select
        payments.invoice_id,
        sum(payments.document_amount) as document_amount

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on
            payments.payment_date <= as_of_dates.as_of_date
            and payments.invoice_date <= as_of_dates.as_of_date

    group by 1

),

unissued as (

    select
        payments.*,
        abs(payments.document_amount) as amount,
        payments.document_amount < 0 as is_taking

    from {{ ref('stg_ledger__payments') }} as payments

    inner join as_of_dates
        on
            payments.payment_date <= as_of_dates.as_of_date
            and (payments.invoice_date <= as_of_dates.as_of_date) is not true

),

beside as (

    select
        *,
        sum(amount) over (
            partition by client_id, currency_code, invoice_id
        ) as moved_amount,
        sum(amount) over (
            partition by client_id, currency_code, invoice_id, is_taking
        ) as moved_alike_amount,
        sum(amount) over (
            partition by client_id, currency_code, invoice_id, is_taking
            order by payment_date, payment_id
            rows between unbounded preceding and 1 preceding
        ) as older_amount

    from unissued

),

left_over as (

    select
        *,
        cast(greatest(0, least(
            amount,
            moved_amount - moved_alike_amount - coalesce(older_amount, 0)
        )) as decimal(18, 2)) as gone_amount

    from beside

),

owed as (

    select
        {{ in_reporting_currency(
            'invoices.document_amount', 'invoices.exchange_rate'
        ) }}
        - {{ in_reporting_currency(
            'cast(coalesce(posted.document_amount, 0) as decimal(18, 2))',
            'invoices.exchange_rate'
        ) }} as amount

    from {{ ref('stg_ledger__invoices') }} as invoices

    inner join as_of_dates
        on invoices.invoice_date <= as_of_dates.as_of_date

    left join posted
        on invoices.invoice_id = posted.invoice_id

    union all

    select
        case when is_taking then 1 else -1 end * (
            {{ in_reporting_currency('amount', 'exchange_rate') }}
            - {{ in_reporting_currency('gone_amount', 'exchange_rate') }}
        ) as amount

    from left_over

)

select cast(coalesce(sum(amount), 0) as decimal(28, 2)) as receivables_amount

from owed
