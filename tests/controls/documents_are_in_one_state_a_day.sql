-- Fails for a document whose states overlap, leave a day out or end.

with

followed as (

    select
        invoice_id,
        from_date,
        until_date,
        coalesce(
            lead(from_date) over (partition by invoice_id order by from_date),
            cast('9999-12-31' as date)
        ) as next_date

    from {{ ref('int_invoice_states') }}

)

select * from followed
where until_date <> next_date or from_date >= until_date
