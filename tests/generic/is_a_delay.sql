{# Fails for each scenario of nobody, of an earlier payment, or without a rate. #}

{% test is_a_delay(model) %}

    select *
    from {{ model }}
    where (top_n >= 1 and delay_days >= 0 and financing_rate >= 0) is not true

{% endtest %}
