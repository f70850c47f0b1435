-- One row per day and client with a credit limit: the limit in force on each
-- month-end and on the as-of date.

with

limits as (

    select
        *,
        lead(valid_from, 1, cast('9999-12-31' as date)) over (
            partition by client_id order by valid_from
        ) as until_date

    from {{ ref('stg_ledger__credit_limits') }}

),

days as (

    select distinct period_end_date as day_date from {{ ref('int_periods') }}

)

select
    days.day_date,
    limits.client_id,
    limits.credit_limit_amount

from days

inner join limits
    on
        days.day_date >= limits.valid_from
        and days.day_date < limits.until_date
