-- One row per horizon in months and measure (ageing bucket or total): at how
-- many past origins the forecast and "no change" were judged, and which of
-- them was nearer over all.

select
    horizon,
    measure,
    cast(count(*) as int) as origin_count,
    sum(abs(naive_error_amount)) < sum(abs(error_amount)) as is_naive_nearer

from {{ ref('forecast_backtest') }}

where horizon <> '4_weeks'

group by 1, 2
