-- One row per open invoice: when it is expected to be paid, given that it is
-- still open: by then half of the client's invoices that were open so late were
-- paid; or its segment's, or all clients', where those say too little.

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

invoices as (

    select * from {{ ref('invoices') }}
    where is_open and document_type = 'invoice' and outstanding_amount > 0

),

client_segments as (

    select * from {{ ref('client_segments') }}

),

levels as (

    select
        *,
        case level when 'client' then 1 when 'segment' then 2 else 3 end
            as level_rank

    from {{ ref('int_client_levels') }}

),

outlooks as (

    select * from {{ ref('int_payment_outlooks') }}

),

-- invoices of a client that are as late have the same outlooks
asked as (

    select distinct
        levels.client_id,
        levels.level,
        levels.level_key,
        levels.level_rank,
        invoices.days_past_due

    from invoices

    inner join levels
        on invoices.client_id = levels.client_id

),

compared as (

    select
        asked.client_id,
        outlooks.*,
        row_number() over (
            partition by asked.client_id, asked.days_past_due
            order by
                case
                    when outlooks.middle_day_number is null then 1 else 0
                end,
                asked.level_rank
        ) as nearness_rank

    from asked

    inner join outlooks
        on
            asked.level = outlooks.level
            and asked.level_key = outlooks.level_key
            and asked.days_past_due = outlooks.days_past_due

    where
        outlooks.later_paid_count >= case asked.level
            when 'portfolio' then 1 else {{ var('min_known_outcomes') }}
        end

)

select
    invoices.invoice_id,
    invoices.client_id,
    client_segments.segment_code,
    invoices.aging_bucket,
    compared.level as basis,
    compared.level_key as basis_key,
    invoices.outstanding_amount,
    invoices.days_past_due,
    compared.later_paid_count as comparable_invoice_count,
    invoices.is_disputed,
    invoices.due_date,
    cast(invoices.due_date + compared.low_day_number as date)
        as low_payment_date,
    cast(invoices.due_date + compared.middle_day_number as date)
        as expected_payment_date,
    cast(invoices.due_date + compared.high_day_number as date)
        as high_payment_date,
    case
        when compared.level is null
            then 'No invoice that was open so late has been paid'
        when compared.middle_day_number is null
            then 'Not half of the invoices that were open so late were paid'
        when compared.high_day_number is null
            then 'Not nine tenths of those that were open so late were paid'
    end as reason,
    as_of_dates.as_of_date

from invoices

cross join as_of_dates

inner join client_segments
    on invoices.client_id = client_segments.client_id

left join compared
    on
        invoices.client_id = compared.client_id
        and invoices.days_past_due = compared.days_past_due
        and compared.nearness_rank = 1
