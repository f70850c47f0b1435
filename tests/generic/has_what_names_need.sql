{# Fails for each feature by which clusters are named that is not there, and for
   each that weighs nothing. #}

{% test has_what_names_need(model) %}

    select needed.feature

    from (
        select 'shrunk_avg_days_late' as feature
        union all
        select 'shrunk_late_rate' as feature
        union all
        select 'total_invoiced_amount' as feature
    ) as needed

    left join {{ model }} as features
        on needed.feature = features.feature

    where features.feature is null

    union all

    select feature
    from {{ model }}
    where weight <= 0 or weight is null

{% endtest %}
