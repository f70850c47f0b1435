{# Fails for each invoice that is expected to be paid by the as-of date, or out
   of the order of its three dates. #}

{% test expected_after_the_as_of_date(model) %}

    select *
    from {{ model }}
    where
        low_payment_date <= as_of_date
        or expected_payment_date < low_payment_date
        or high_payment_date < expected_payment_date
        or (expected_payment_date is null and reason is null)

{% endtest %}
