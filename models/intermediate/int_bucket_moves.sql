-- One row per month, client, ageing bucket at its beginning (or new, for what
-- was issued within it) and place at its end: what became of the amounts.

with

followed as (

    select * from {{ ref('int_invoices_followed') }}
    where step = 'month'

)

select
    end_date as month_end_date,
    client_id,
    from_bucket,
    to_bucket,
    count(*) as invoice_count,
    cast(sum(from_amount) as decimal(18, 2)) as from_amount,
    cast(sum(open_amount) as decimal(18, 2)) as open_amount,
    cast(
        sum(from_amount - open_amount - written_off_amount) as decimal(18, 2)
    ) as paid_amount,
    cast(sum(written_off_amount) as decimal(18, 2)) as written_off_amount

from followed

group by 1, 2, 3, 4
