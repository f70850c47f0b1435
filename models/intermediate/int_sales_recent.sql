-- One row: what was sold in the 90 days up to the as-of date, net of credit
-- notes, in the reporting currency; of a younger ledger, since its first
-- invoice.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

sales as (

    select
        invoice_date as sales_date,
        {{ in_reporting_currency('document_amount', 'exchange_rate') }}
            as sales_amount

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        application_date as sales_date,
        -applied_amount as sales_amount

    from {{ ref('int_applications') }}

    where effect_kind = 'credit_note'

),

counted as (

    select
        as_of_dates.as_of_date,
        sales.sales_amount,
        {{ days_between('sales.sales_date', 'as_of_dates.as_of_date') }} + 1
            as days_back

    from as_of_dates

    inner join sales
        on as_of_dates.as_of_date >= sales.sales_date

)

select
    as_of_date,
    cast(least(max(days_back), 90) as int) as period_days,
    cast(
        sum(case when days_back <= 90 then sales_amount else 0 end)
        as decimal(18, 2)
    ) as sales_amount

from counted

group by 1
