{# Fails where a model has no rows: every other test passes on an empty table. #}

{% test is_not_empty(model) %}

    select row_count

    from (select count(*) as row_count from {{ model }}) as counted

    where row_count = 0

{% endtest %}
