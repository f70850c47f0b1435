-- One row per month-end of the history, the as-of date too where it is one,
-- with a fingerprint of all that its features depend on: what the ledger holds
-- up to that day, and how it is read. Under the known clock there is no
-- history, for what was known by the as-of date is not what was known by each
-- month-end.

with

periods as (

    select
        period_end_date as as_of_date,
        row_number() over (order by period_end_date desc) as months_back

    from {{ ref('int_periods') }}

    where not is_partial and '{{ var("clock") }}' = 'posted'

),

entries as (

    select
        invoice_date as entry_date,
        {{ fingerprint([
            'invoice_id', 'client_id', 'document_type', 'currency_code',
            'document_amount', 'exchange_rate', 'is_disputed', 'invoice_date',
            'due_date'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__invoices') }}

    union all

    select
        payment_date as entry_date,
        {{ fingerprint([
            'payment_id', 'client_id', 'invoice_id', 'kind', 'currency_code',
            'document_amount', 'exchange_rate', 'payment_date'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__payments') }}

    union all

    select
        valid_from as entry_date,
        {{ fingerprint([
            'client_id', 'industry', 'company_size', 'valid_from'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__clients') }}

    union all

    select
        valid_from as entry_date,
        {{ fingerprint(['client_id', 'credit_limit_amount', 'valid_from']) }}
            as entry_fingerprint

    from {{ ref('stg_ledger__credit_limits') }}

    union all

    select
        reminder_date as entry_date,
        {{ fingerprint([
            'reminder_id', 'client_id', 'invoice_id', 'reminder_date',
            'response_date'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__reminders') }}

    union all

    select
        request_date as entry_date,
        {{ fingerprint([
            'request_id', 'client_id', 'invoice_id', 'promised_amount',
            'request_date', 'promised_date'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__extension_requests') }}

    union all

    select
        cast(null as date) as entry_date,
        {{ fingerprint(['aging_bucket', 'min_days', 'max_days']) }}
            as entry_fingerprint

    from {{ ref('aging_buckets') }}

    union all

    select
        cast(null as date) as entry_date,
        {{ fingerprint(['company_size', 'company_size_rank']) }}
            as entry_fingerprint

    from {{ ref('company_sizes') }}

    union all

    select
        cast(null as date) as entry_date,
        {{ fingerprint([
            feature_settings(), 'has_clients', 'has_payments', 'has_reminders',
            'has_extension_requests', 'has_credit_limits'
        ]) }} as entry_fingerprint

    from {{ ref('stg_ledger__coverage') }}

),

months as (

    select
        last_day(entry_date) as month_end_date,
        sum(entry_fingerprint) as month_fingerprint

    from entries

    group by 1

)

select
    periods.as_of_date,
    cast(sum(months.month_fingerprint) as string) as ledger_fingerprint

from periods

inner join months
    on (periods.as_of_date < months.month_end_date) is not true

where periods.months_back <= {{ var('history_months') }}

group by 1
