{# Schemas are named as the project names them (core, segments, kpis, ...),
   without the target's schema in front: BI tools and auditors see one name. #}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
