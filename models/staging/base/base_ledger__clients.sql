-- One row per row of the ledger's clients, with every rule that it breaks.

with

source as (

    select * from {{ source('ledger', 'clients') }}

),

typed as (

    select
        ledger_file,
        ledger_row_number,
        ledger_values,
        {{ read_text('valid_from') }} as valid_from_text,
        {{ read_text('payment_terms_days') }} as payment_terms_text,
        {{ read_text('client_id') }} as client_id,
        {{ read_text('client_name') }} as client_name,
        {{ read_text('industry') }} as industry,
        lower({{ read_text('company_size') }}) as company_size,
        upper({{ read_text('country_code') }}) as country_code,
        {{ read_text('parent_client_id') }} as parent_client_id,
        {{ read_whole_number('payment_terms_days') }} as payment_terms_days,
        {{ read_date('valid_from') }} as valid_from

    from source

),

-- a day that cannot be read is not the missing day of another row
numbered as (

    select
        *,
        row_number() over (
            partition by
                client_id,
                valid_from,
                case when valid_from is null then valid_from_text end
            order by
                case
                    when
                        payment_terms_text is null
                        or payment_terms_days between 0 and 3650
                        then 0
                    else 1
                end,
                client_name nulls last,
                industry nulls last,
                company_size nulls last,
                country_code nulls last,
                parent_client_id nulls last,
                payment_terms_days nulls last,
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
            case when client_id is null then 'client_id_missing' end,
            case
                when client_id is not null and place_among_same > 1
                    then 'client_duplicate'
            end,
            case
                when valid_from_text is not null and valid_from is null
                    then 'client_valid_from_unreadable'
            end,
            case
                when
                    payment_terms_text is not null
                    and (payment_terms_days between 0 and 3650) is not true
                    then 'client_terms_unreadable'
            end
        ), '') as broken_rules

    from numbered

)

select * from judged
