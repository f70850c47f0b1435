{# Words of the domain that DuckDB and Spark spell differently, or that would
   be said in many places. Each gives the same answer on both engines. #}


{# The day the ledger is read as the user set it, or a null date: then
   as_of_dates takes the last day the ledger saw. #}

{% macro as_of_date() -%}
    cast(nullif('{{ var("as_of_date") }}', '') as date)
{%- endmacro %}


{# The currency of every amount that does not say otherwise, as text. #}

{% macro reporting_currency() -%}
    '{{ var("reporting_currency") | upper }}'
{%- endmacro %}


{# Whole days from one date to a later one; negative when it is earlier. #}

{% macro days_between(first_date, last_date) -%}
    {{ adapter.dispatch('days_between')(first_date, last_date) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    cast(date_diff('day', {{ first_date }}, {{ last_date }}) as int)
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}


{# Text to date: ISO text, with or without a time behind it, or null. Anything
   else is null, so that both engines refuse the same texts. #}

{% macro read_date(column) -%}
    case
        when trim({{ column }}) like '____-__-__'
            or trim({{ column }}) like '____-__-__ %'
            or trim({{ column }}) like '____-__-__T%'
            then try_cast(substr(trim({{ column }}), 1, 10) as date)
    end
{%- endmacro %}


{# Text to a yes or a no, or null where it is neither. #}

{% macro read_flag(column) -%}
    case
        when lower(trim({{ column }})) in ('true', 't', 'yes', 'y', '1', 'x')
            then true
        when lower(trim({{ column }})) in ('false', 'f', 'no', 'n', '0')
            then false
    end
{%- endmacro %}


{# Text without blanks around it; nothing but blanks is null. #}

{% macro read_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{# True where a date is given but cannot be meant: see first_plausible_date. #}

{% macro is_implausible(date_column) -%}
    {{ date_column }} not between
    cast('{{ var("first_plausible_date") }}' as date)
    and cast('{{ var("last_plausible_date") }}' as date)
{%- endmacro %}


{# Every day from the first date to the last, as an expression of the select
   list: one row a day. #}

{% macro every_day(first_date, last_date) -%}
    {{ adapter.dispatch('every_day')(first_date, last_date) }}
{%- endmacro %}

{% macro default__every_day(first_date, last_date) -%}
    cast(unnest(generate_series(
        {{ first_date }}, {{ last_date }}, interval '1' day
    )) as date)
{%- endmacro %}

{% macro spark__every_day(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval '1' day))
{%- endmacro %}
