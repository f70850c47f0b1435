-- A balance of the ledger account is of a period end of the roll-forward: one
-- of another day, or of a currency without documents, would be compared with
-- nothing. Balances from before the ledger's first period, or of after the
-- as-of date, are not asked for, and none by what was known that day. After
-- control_totals, so that a failure leaves them to be read.
-- depends_on: {{ ref('control_totals') }}

select
    balances.period_end_date,
    balances.currency_code,
    balances.receivables_balance

from {{ ref('stg_ledger__gl_balances') }} as balances

inner join {{ ref('as_of_dates') }} as as_of_dates
    on balances.period_end_date <= as_of_dates.as_of_date

left join {{ ref('ar_rollforward') }} as periods
    on
        balances.period_end_date = periods.period_end_date
        and balances.currency_code = periods.currency_code

where
    '{{ var("clock") }}' = 'posted'
    and periods.period_end_date is null
    and balances.receivables_balance <> 0
    and balances.period_end_date >= (
        select min(first_periods.period_end_date)
        from {{ ref('ar_rollforward') }} as first_periods
    )
