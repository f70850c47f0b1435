-- One row per currency and day: the rate in force. An accepted rate holds
-- until the next one, the last without end.

{{ config(materialized='table') }}

with

rates as (

    select * from {{ ref('base_ledger__exchange_rates') }}
    where broken_rules is null

),

bounded as (

    select
        currency_code,
        rate_to_reporting,
        rate_date as first_date,
        coalesce(
            cast(lead(rate_date) over (
                partition by currency_code order by rate_date
            ) - interval '1' day as date),
            greatest(
                rate_date, cast('{{ var("last_plausible_date") }}' as date)
            )
        ) as last_date

    from rates

)

select
    currency_code,
    rate_to_reporting,
    {{ every_day('first_date', 'last_date') }} as rate_date

from bounded
