{# Fails for every set of keys that stands on more than one row. Null counts as
   a key of its own. #}

{% test one_row_per(model, columns) %}

    select
        {{ columns | join(', ') }},
        count(*) as row_count

    from {{ model }}

    group by {{ columns | join(', ') }}

    having count(*) > 1

{% endtest %}
