-- One row per row of the ledger's credit limits, with every rule that it
-- breaks. A limit of zero is sound: it means no credit.

with

source as (

    select * from {{ source('ledger', 'credit_limits') }}

),

clients as (

    select distinct client_id from {{ ref('base_ledger__clients') }}

),

coverage as (

    select * from {{ ref('stg_ledger__coverage') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        {{ read_text('client_id') }} as client_id,
        {{ read_amount('credit_limit_amount') }} as credit_limit_amount,
        {{ read_date('valid_from') }} as valid_from

    from source

),

matched as (

    select
        typed.*,
        not coverage.has_clients or clients.client_id is not null
            as is_known_client

    from typed

    cross join coverage

    left join clients
        on typed.client_id = clients.client_id

),

numbered as (

    select
        *,
        row_number() over (
            partition by client_id, valid_from
            order by
                case
                    when credit_limit_amount >= 0 and is_known_client then 0
                    else 1
                end,
                credit_limit_amount nulls last,
                ledger_row_number,
                ledger_file
        ) as place_among_same

    from matched

),

judged as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case when client_id is null then 'limit_client_missing' end,
            case
                when client_id is not null and not is_known_client
                    then 'limit_client_unknown'
            end,
            case
                when credit_limit_amount is null then 'limit_amount_unreadable'
            end,
            case when credit_limit_amount < 0 then 'limit_negative' end,
            case when valid_from is null then 'limit_date_unreadable' end,
            case
                when {{ is_implausible('valid_from') }}
                    then 'limit_date_implausible'
            end,
            case
                when
                    place_among_same > 1
                    and client_id is not null
                    and valid_from is not null
                    then 'limit_duplicate'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
