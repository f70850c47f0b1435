-- One row per attribute of the master data: whether it goes with the segments
-- (chi squared test of independence), and how closely (Cramer's V).

with

client_segments as (

    select * from {{ ref('client_segments') }}

),

clients as (

    select * from {{ ref('clients') }}

),

paired as (

    select
        'industry' as attribute_name,
        clients.industry as attribute_value,
        client_segments.segment_code

    from client_segments

    inner join clients
        on client_segments.client_id = clients.client_id

    union all

    select
        'company_size' as attribute_name,
        clients.company_size as attribute_value,
        client_segments.segment_code

    from client_segments

    inner join clients
        on client_segments.client_id = clients.client_id

),

known as (

    select * from paired
    where attribute_value is not null

),

by_value as (

    select
        attribute_name,
        attribute_value,
        count(*) as client_count

    from known

    group by 1, 2

),

by_segment as (

    select
        attribute_name,
        segment_code,
        count(*) as client_count

    from known

    group by 1, 2

),

cells as (

    select
        attribute_name,
        attribute_value,
        segment_code,
        count(*) as client_count

    from known

    group by 1, 2, 3

),

totals as (

    select
        attribute_name,
        count(*) as client_count,
        count(distinct attribute_value) as value_count,
        count(distinct segment_code) as segment_count

    from known

    group by 1

),

compared as (

    select
        by_value.attribute_name,
        totals.client_count,
        totals.value_count,
        totals.segment_count,
        cast(by_value.client_count as double)
        * by_segment.client_count
        / totals.client_count as expected_count,
        coalesce(cells.client_count, 0) as observed_count

    from by_value

    inner join by_segment
        on by_value.attribute_name = by_segment.attribute_name

    inner join totals
        on by_value.attribute_name = totals.attribute_name

    left join cells
        on
            by_value.attribute_name = cells.attribute_name
            and by_value.attribute_value = cells.attribute_value
            and by_segment.segment_code = cells.segment_code

),

tested as (

    select
        attribute_name,
        client_count,
        (value_count - 1) * (segment_count - 1) as degrees_of_freedom,
        least(value_count, segment_count) - 1 as dimensions,
        min(expected_count) as smallest_expected_count,
        cast(sum(cast(
            power(observed_count - expected_count, 2) / expected_count
            as decimal(28, 9)
        )) as double) as chi_squared

    from compared

    group by 1, 2, 3, 4

),

-- Wilson and Hilferty: the cube root of chi squared over its degrees of freedom
-- is nearly normal
normal as (

    select
        *,
        (
            power(chi_squared / nullif(degrees_of_freedom, 0), 1e0 / 3)
            - (1 - 2e0 / 9 / nullif(degrees_of_freedom, 0))
        ) / sqrt(2e0 / 9 / nullif(degrees_of_freedom, 0)) as score

    from tested

),

-- the normal distribution by a logistic curve, to within .0002
scored as (

    select
        *,
        case
            when degrees_of_freedom = 2 then exp(-chi_squared / 2)
            when degrees_of_freedom > 0
                then
                    1 / (
                        1 + exp(least(
                            1.5976e0 * score + 0.07056e0 * power(score, 3), 500
                        ))
                    )
        end as p_value

    from normal

)

select
    attribute_name,
    cast(client_count as int) as client_count,
    chi_squared,
    cast(degrees_of_freedom as int) as degrees_of_freedom,
    smallest_expected_count,
    p_value,
    sqrt(chi_squared / client_count / nullif(dimensions, 0)) as cramers_v,
    case
        when degrees_of_freedom = 0 then 'not_applicable'
        when p_value >= 0.01 then 'not_shown'
        when sqrt(chi_squared / client_count / dimensions) < 0.3 then 'weak'
        else 'strong'
    end as association

from scored
