-- Fails where the worklist's overdue amount is not the portfolio's.

with

worklist as (

    select coalesce(sum(overdue_amount), 0) as overdue_amount
    from {{ ref('collections_worklist') }}

),

portfolio as (

    select overdue_amount from {{ ref('portfolio_kpis') }}

)

select
    worklist.overdue_amount,
    portfolio.overdue_amount as portfolio_overdue_amount

from worklist

cross join portfolio

where worklist.overdue_amount <> portfolio.overdue_amount
