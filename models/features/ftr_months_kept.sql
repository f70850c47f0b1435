-- One row per month-end of client_features_monthly, with the fingerprint of
-- what its features were computed from. Built after it, read by the next
-- build.
-- depends_on: {{ ref('client_features_monthly') }}

select
    as_of_date,
    ledger_fingerprint

from {{ ref('int_month_ends') }}
