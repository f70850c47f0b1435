{# How the history of features is kept from one build to the next: a month-end
   is computed again only when something that it depends on has changed. #}


{# A number that stands for the values of some columns, to be summed over rows
   in any order. #}

{% macro fingerprint(columns) -%}
    cast({{ adapter.dispatch('fingerprint_function')() }}({{
        columns | join(', ')
    }}) as decimal(20, 0))
{%- endmacro %}

{% macro default__fingerprint_function() %}hash{% endmacro %}

{% macro spark__fingerprint_function() %}xxhash64{% endmacro %}


{# What the features depend on besides the ledger, as a text: the vars that
   their models use, the models themselves and all macros. #}

{% macro feature_settings() %}
    {% set settings = macro_checksums() %}
    {% for name in [
        'min_peer_clients', 'prior_strength_invoices', 'promise_grace_days',
        'promise_tolerance_share', 'recency_half_life_days',
        'reminder_response_days', 'settlement_tolerance_amount',
        'settlement_tolerance_share'
    ] %}
        {% do settings.append(name ~ '=' ~ var(name)) %}
    {% endfor %}
    {% set nodes = graph.nodes.values() if execute else [] %}
    {% for node in nodes | sort(attribute='name') %}
        {% if node.resource_type == 'model'
                and node.fqn[1] in ['intermediate', 'features']
                and not node.name.startswith('segment') %}
            {% do settings.append(node.checksum.checksum) %}
        {% endif %}
    {% endfor %}
    {{ return("'" ~ local_md5(settings | join(' ')) ~ "'") }}
{% endmacro %}


{# The month-ends that an earlier build has left in client_features_monthly,
   with their fingerprints; none in a full refresh. #}

{% macro stored_months() -%}
    {{ adapter.dispatch('stored_months')() }}
{%- endmacro %}

{% macro default__stored_months() %}
    {# by name, for a ref would go round in a circle #}
    {% set stored = [] %}
    {% for name in ['client_features_monthly', 'ftr_months_kept'] %}
        {% do stored.append(adapter.get_relation(
            target.database, 'features', name
        )) %}
    {% endfor %}
    {% if execute and stored[0] and stored[1] and not should_full_refresh() %}
        {{ return(
            'select as_of_date, ledger_fingerprint from ' ~ stored[1]
            ~ ' where as_of_date in (select as_of_date from ' ~ stored[0] ~ ')'
        ) }}
    {% endif %}
    {{ return(spark__stored_months()) }}
{% endmacro %}

{# Spark's Parquet tables cannot have rows replaced: every build is full. #}

{% macro spark__stored_months() %}
    {{ return(
        'select cast(null as date) as as_of_date, '
        ~ 'cast(null as string) as ledger_fingerprint where 1 = 0'
    ) }}
{% endmacro %}


{# Takes away the month-ends that the history no longer has. #}

{% macro drop_months_gone() -%}
    {{ adapter.dispatch('drop_months_gone')() }}
{%- endmacro %}

{% macro default__drop_months_gone() %}
    delete from {{ this }}
    where as_of_date not in (select as_of_date from {{ ref('int_month_ends') }})
{% endmacro %}

{% macro spark__drop_months_gone() %}{% endmacro %}
