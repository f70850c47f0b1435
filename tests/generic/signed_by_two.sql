{# Fails for each override that one person has signed alone, or that ends before
   it begins. #}

{% test signed_by_two(model) %}

    select *
    from {{ model }}
    where
        lower(trim(author)) = lower(trim(approver))
        or expires_on < valid_from

{% endtest %}
