-- One row per row of the ledger's exchange rates, with every rule that it
-- breaks.

with

source as (

    select * from {{ source('ledger', 'exchange_rates') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        upper({{ read_text('currency_code') }}) as currency_code,
        {{ read_date('rate_date') }} as rate_date,
        {{ read_amount('rate_to_reporting', 'decimal(18, 8)') }}
            as rate_to_reporting

    from source

),

numbered as (

    select
        *,
        row_number() over (
            partition by currency_code, rate_date
            order by
                case when rate_to_reporting > 0 then 0 else 1 end,
                rate_to_reporting nulls last,
                ledger_row_number,
                ledger_file
        ) as place_among_same

    from typed

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when currency_code is null then 'rate_currency_missing' end,
            case when rate_date is null then 'rate_date_unreadable' end,
            -- a first day of long ago may stand for ever
            case
                when
                    rate_date
                    > cast('{{ var("last_plausible_date") }}' as date)
                    then 'rate_date_implausible'
            end,
            case
                when (rate_to_reporting > 0) is not true
                    then 'rate_not_positive'
            end,
            case
                when
                    currency_code is not null
                    and rate_date is not null
                    and place_among_same > 1
                    then 'rate_duplicate'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
