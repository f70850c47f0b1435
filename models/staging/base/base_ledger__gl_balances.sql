-- One row per row of the ledger's account balances, with every rule that it
-- breaks.

with

source as (

    select * from {{ source('ledger', 'gl_balances') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        coalesce(
            upper({{ read_text('currency_code') }}),
            {{ reporting_currency() }}
        ) as currency_code,
        {{ read_amount('receivables_balance') }} as receivables_balance,
        {{ read_date('period_end_date') }} as period_end_date

    from source

),

numbered as (

    select
        *,
        row_number() over (
            partition by currency_code, period_end_date
            order by
                receivables_balance nulls last, ledger_row_number, ledger_file
        ) as place_among_same

    from typed

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case
                when period_end_date is null then 'balance_date_unreadable'
            end,
            case
                when {{ is_implausible('period_end_date') }}
                    then 'balance_date_implausible'
            end,
            case
                when receivables_balance is null
                    then 'balance_amount_unreadable'
            end,
            case
                when period_end_date is not null and place_among_same > 1
                    then 'balance_duplicate'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
