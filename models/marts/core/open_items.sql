-- One row per open item on the as-of date: a document with an open amount, or
-- cash and credits that reduced no document. Unapplied cash is allocated to
-- the client's oldest invoices in its currency for display; nothing else uses
-- it.

with

invoices as (

    select * from {{ ref('invoices') }}
    where outstanding_amount <> 0 or open_document_amount <> 0

),

unapplied as (

    select
        unapplied.payment_id,
        unapplied.client_id,
        unapplied.currency_code,
        cast(sum(unapplied.document_amount) as decimal(18, 2))
            as document_amount,
        cast(sum(unapplied.unapplied_amount) as decimal(18, 2))
            as unapplied_amount,
        unapplied.from_date,
        as_of_dates.as_of_date

    from {{ ref('int_unapplied') }} as unapplied

    inner join {{ ref('as_of_dates') }} as as_of_dates
        on
            unapplied.from_date <= as_of_dates.as_of_date
            and unapplied.until_date > as_of_dates.as_of_date

    group by 1, 2, 3, 6, 7

),

items as (

    select
        invoice_id as item_id,
        document_type as item_kind,
        client_id,
        currency_code,
        open_document_amount,
        outstanding_amount,
        coalesce(days_past_due > 0, false) as is_overdue,
        is_within_tolerance,
        due_date as aged_from_date,
        as_of_date,
        case
            when document_type = 'invoice'
                then greatest(open_document_amount, 0)
            else 0
        end as payable_amount,
        0 as cash_amount

    from invoices

    union all

    select
        payment_id as item_id,
        'unapplied' as item_kind,
        client_id,
        currency_code,
        -document_amount as open_document_amount,
        -unapplied_amount as outstanding_amount,
        false as is_overdue,
        false as is_within_tolerance,
        from_date as aged_from_date,
        as_of_date,
        0 as payable_amount,
        document_amount as cash_amount

    from unapplied

),

-- of each client and currency: what there is, and what is older than the item
summed as (

    select
        *,
        {{ days_between('aged_from_date', 'as_of_date') }} as days_aged,
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

    from items

),

allocated as (

    select
        *,
        cast(case
            when item_kind = 'unapplied'
                then -greatest(0, least(
                    cash_amount,
                    least(all_payable_amount, all_cash_amount)
                    - older_cash_amount
                ))
            else greatest(0, least(
                payable_amount, all_cash_amount - older_payable_amount
            ))
        end as decimal(18, 2)) as allocated_document_amount

    from summed

),

converted as (

    select
        *,
        case
            when allocated_document_amount = open_document_amount
                then outstanding_amount
            when allocated_document_amount = 0 then cast(0 as decimal(18, 2))
            else {{ share_of(
                'outstanding_amount',
                'allocated_document_amount',
                'open_document_amount'
            ) }}
        end as allocated_amount

    from allocated

)

select
    converted.item_id,
    converted.item_kind,
    converted.client_id,
    converted.currency_code,
    buckets.aging_bucket,
    converted.open_document_amount,
    converted.allocated_document_amount,
    converted.outstanding_amount,
    converted.allocated_amount,
    cast(
        converted.outstanding_amount - converted.allocated_amount
        as decimal(18, 2)
    ) as amount_after_allocation,
    converted.days_aged,
    converted.is_overdue,
    converted.is_within_tolerance,
    converted.aged_from_date,
    converted.as_of_date

from converted

left join {{ ref('aging_buckets') }} as buckets
    on {{ is_in_bucket('converted.days_aged', 'buckets') }}
