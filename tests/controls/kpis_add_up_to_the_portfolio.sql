-- Fails where what clients or segments owe, bought, settled or left unpaid for
-- good is not, added up, what the portfolio did, at any period end; and where
-- segment_aging is not client_aging, bucket by bucket.

with

levels as (

    select
        'dso' as mart,
        period_end_date,
        method as measure,
        level,
        receivables_amount as amount

    from {{ ref('dso') }}

    union all

    -- sales of count_back and sales_weighted are of other months at each level
    select
        'dso' as mart,
        period_end_date,
        method || ' sales' as measure,
        level,
        sales_amount as amount

    from {{ ref('dso') }}

    where method in ('simple', 'rolling_3_months')

    {% for measure in [
        'receivables_amount', 'not_due_amount', 'open_invoice_amount',
        'over_90_amount', 'sales_amount', 'opening_3_months_amount',
        'sales_3_months_amount', 'opening_12_months_amount',
        'sales_12_months_amount', 'bad_debt_12_months_amount',
        'settled_amount', 'settled_invoice_count'
    ] %}
        union all

        select
            'collection_kpis' as mart,
            period_end_date,
            '{{ measure }}' as measure,
            level,
            {{ measure }} as amount

        from {{ ref('collection_kpis') }}
    {% endfor %}

),

summed as (

    select
        mart,
        period_end_date,
        measure,
        level,
        sum(amount) as amount

    from levels

    group by 1, 2, 3, 4

),

aged as (

    select
        aging_bucket,
        sum(receivables_amount) as receivables_amount,
        sum(open_invoice_amount) as open_invoice_amount,
        sum(open_invoice_count) as open_invoice_count

    from {{ ref('client_aging') }}

    group by 1

),

aged_segments as (

    select
        aging_bucket,
        sum(receivables_amount) as receivables_amount,
        sum(open_invoice_amount) as open_invoice_amount,
        sum(open_invoice_count) as open_invoice_count

    from {{ ref('segment_aging') }}

    group by 1

)

select
    parts.mart,
    parts.measure,
    parts.level,
    parts.amount,
    whole.amount as portfolio_amount

from summed as parts

inner join summed as whole
    on
        parts.mart = whole.mart
        and parts.period_end_date = whole.period_end_date
        and parts.measure = whole.measure
        and whole.level = 'portfolio'

where parts.amount <> whole.amount

union all

select
    'segment_aging' as mart,
    aged_segments.aging_bucket as measure,
    'segment' as level,
    aged_segments.receivables_amount as amount,
    aged.receivables_amount as portfolio_amount

from aged_segments

left join aged
    on aged_segments.aging_bucket = aged.aging_bucket

where
    aged_segments.receivables_amount <> coalesce(aged.receivables_amount, 0)
    or aged_segments.open_invoice_amount
    <> coalesce(aged.open_invoice_amount, 0)
    or aged_segments.open_invoice_count <> coalesce(aged.open_invoice_count, 0)
