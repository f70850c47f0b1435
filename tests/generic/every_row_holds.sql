{# Fails for each row that breaks a rule, and says which. never_null: columns that
   always have a value. null_with_reason: columns that are null only beside a
   reason. rules: what is true of a row, or not known, in SQL. One test for all
   columns of a model: a test each would take longer than the model. #}

{% test every_row_holds(model, never_null=[], null_with_reason=[], rules=[]) %}

    {% set broken = [] %}
    {% for column in never_null %}
        {% do broken.append([column ~ ' is null', column ~ ' is null']) %}
    {% endfor %}
    {% for column in null_with_reason %}
        {% do broken.append([
            column ~ ' is null and reason is null',
            column ~ ' is null without a reason',
        ]) %}
    {% endfor %}
    {% for rule in rules %}
        {% do broken.append(['(' ~ rule ~ ') is false', 'not ' ~ rule]) %}
    {% endfor %}

    select *
    from (
        select
            *,
            concat_ws(
                '; ',
                {% for condition, name in broken %}
                    case
                        when {{ condition }}
                            then '{{ name | replace("'", "") }}'
                    end{{ ',' if not loop.last }}
                {% endfor %}
            ) as what_is_broken

        from {{ model }}
    ) as judged

    where what_is_broken <> ''

{% endtest %}
