-- Receivables of the invoices, of the segments and of the portfolio's DSO are
-- one amount; clients of the segments are the clients of the features.

with

facts as (

    select
        (select sum(outstanding_amount) from {{ ref('invoices') }})
            as invoices_amount,
        (select sum(outstanding_amount) from {{ ref('segment_kpis') }})
            as segments_amount,
        (
            select max(dso.receivables_amount)
            from {{ ref('dso') }} as dso
            inner join {{ ref('as_of_dates') }} as as_of_dates
                on dso.period_end_date = as_of_dates.as_of_date
            where dso.level = 'portfolio'
        ) as portfolio_amount,
        (select count(*) from {{ ref('client_features') }}) as client_count,
        (select sum(client_count) from {{ ref('segment_kpis') }})
            as segments_client_count

)

select *

from facts

where
    invoices_amount <> segments_amount
    or invoices_amount <> portfolio_amount
    or client_count <> segments_client_count
