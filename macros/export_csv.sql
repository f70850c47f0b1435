{# post_hook of a mart: writes it as CSV for other programs, in order of a column.
   A relative file is put into dbt's target folder; no file, no export. On Spark
   nothing: there a table is read where it is. #}

{% macro export_csv(relation, file, order_column) -%}
    {% if file %}
        {{ adapter.dispatch('export_csv')(relation, file, order_column) }}
    {% endif %}
{%- endmacro %}

{% macro default__export_csv(relation, file, order_column) -%}
    {% set folder = '' if file.startswith('/')
        else (flags.TARGET_PATH or 'target') ~ '/' %}
    copy (select * from {{ relation }} order by {{ order_column }})
    to '{{ (folder ~ file) | replace("'", "''") }}' (format csv, header)
{%- endmacro %}

{% macro spark__export_csv(relation, file, order_column) -%}
{%- endmacro %}
