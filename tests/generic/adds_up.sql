{# Fails for every row where the parts do not add up to the total. A missing
   part is a missing amount, not a match; only a row that has neither total nor
   parts passes. Money is compared to the cent, ratios to nine digits. #}

{% test adds_up(model, total, parts) %}

    select
        {{ total }} as total,
        {{ parts | join(' + ') }} as sum_of_parts

    from {{ model }}

    where
        (abs({{ total }} - ({{ parts | join(' + ') }})) <= 1e-9) is not true
        and not (
            {{ total }} is null and coalesce({{ parts | join(', ') }}) is null
        )

{% endtest %}
