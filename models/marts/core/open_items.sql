-- One row per open item on the as-of date: a document with an open amount, or
-- cash and credits that reduced no document. Unapplied cash is allocated to the
-- client's oldest invoices in its currency for display; nothing else uses it.

with

invoices as (

    select * from {{ ref('invoices') }}
    where outstanding_amount <> 0 or open_document_amount <> 0

),

unapplied as (

    select
        unapplied.*,
        as_of_dates.as_of_date

    from {{ ref('int_unapplied') }} as unapplied

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on
            unapplied.from_date <= as_of_dates.as_of_date
            and unapplied.until_date > as_of_dates.as_of_date

),

items as (

    select
        invoice_id as item_id,
        document_type as item_kind,
        client_id,
        currency_code,
        open_document_amount,
        outstanding_amount,
        due_date as aged_from_date,
        as_of_date

    from invoices

    union all

    select
        payment_id as item_id,
        'unapplied' as item_kind,
        client_id,
        currency_code,
        -document_amount as open_document_amount,
        -unapplied_amount as outstanding_amount,
        from_date as aged_from_date,
        as_of_date

    from unapplied

),

signed as (

    select
        *,
        case
            when item_kind = 'invoice' then greatest(outstanding_amount, 0)
            else 0
        end as payable_amount,
        case
            when item_kind = 'unapplied' then -outstanding_amount
            else 0
        end as cash_amount

    from items

),

-- of each client and currency: what there is, and what is older than the item
summed as (

    select
        *,
        sum(payable_amount) over (
            partition by client_id, currency_code
        ) as all_payable_amount,
        sum(cash_amount) over (
            partition by client_id, currency_code
        ) as all_cash_amount,
        sum(payable_amount) over (
            partition by client_id, currency_code
            order by aged_from_date, item_kind, item_id
            rows between unbounded preceding and current row
        ) - payable_amount as older_payable_amount,
        sum(greatest(cash_amount, 0)) over (
            partition by client_id, currency_code
            order by aged_from_date, item_kind, item_id
            rows between unbounded preceding and current row
        ) - greatest(cash_amount, 0) as older_cash_amount

    from signed

),

allocated as (

    select
        *,
        cast(case
            when item_kind = 'invoice'
                then greatest(0, least(
                    payable_amount, all_cash_amount - older_payable_amount
                ))
            else -greatest(0, least(
                cash_amount,
                least(all_payable_amount, all_cash_amount) - older_cash_amount
            ))
        end as decimal(18, 2)) as allocated_amount

    from summed

)

select
    allocated.item_id,
    allocated.item_kind,
    allocated.client_id,
    allocated.currency_code,
    buckets.aging_bucket,
    allocated.open_document_amount,
    allocated.outstanding_amount,
    allocated.allocated_amount,
    cast(
        allocated.outstanding_amount - allocated.allocated_amount
        as decimal(18, 2)
    ) as amount_after_allocation,
    {{ days_between('allocated.aged_from_date', 'allocated.as_of_date') }}
        as days_past_due,
    allocated.aged_from_date,
    allocated.as_of_date

from allocated

left join {{ ref('aging_buckets') }} as buckets
    on
        {{ days_between('allocated.aged_from_date', 'allocated.as_of_date') }}
        between buckets.min_days and buckets.max_days
