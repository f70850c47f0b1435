-- Receivables of the invoices, of the segments, of segment_aging, of
-- portfolio_kpis and of the portfolio's DSO are one amount; clients of the
-- segments are the clients of the features and of portfolio_kpis.

with

facts as (

    select
        (select sum(outstanding_amount) from {{ ref('invoices') }})
            as invoices_amount,
        (select sum(outstanding_amount) from {{ ref('segment_kpis') }})
            as segments_amount,
        (
            select sum(dso.receivables_amount)
            from {{ ref('dso') }} as dso
            inner join {{ ref('as_of_dates') }} as as_of_dates
                on dso.period_end_date = as_of_dates.as_of_date
            where dso.level = 'portfolio' and dso.method = 'simple'
        ) as portfolio_amount,
        (select sum(outstanding_amount) from {{ ref('portfolio_kpis') }})
            as portfolio_kpis_amount,
        (select sum(outstanding_amount) from {{ ref('segment_aging') }})
            as segment_aging_amount,
        (select count(*) from {{ ref('client_features') }}) as client_count,
        (select sum(client_count) from {{ ref('segment_kpis') }})
            as segments_client_count,
        (select sum(client_count) from {{ ref('portfolio_kpis') }})
            as portfolio_client_count

)

select *

from facts

-- an empty mart has no amount, which is not the same
where
    (invoices_amount = segments_amount) is not true
    or (invoices_amount = portfolio_amount) is not true
    or (invoices_amount = portfolio_kpis_amount) is not true
    or (invoices_amount = segment_aging_amount) is not true
    or (client_count = segments_client_count) is not true
    or (client_count = portfolio_client_count) is not true
