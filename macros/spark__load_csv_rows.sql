{# In session mode dbt-spark pastes a seed's cells into SQL as they are: a quote
   breaks the statement and an empty cell becomes the text None. Here they are
   literals. Drop it when dbt-adapters#487 is solved. #}

{% macro spark__load_csv_rows(model, agate_table) %}
    {% set types = model['config'].get('column_types', {}) %}
    {% set rows = [] %}
    {% for row in agate_table.rows %}
        {% set cells = [] %}
        {% for name in agate_table.column_names %}
            {% set type = types.get(
                name, adapter.convert_type(agate_table, loop.index0)
            ) %}
            {% set value = row[name] %}
            {% do cells.append(
                'cast(' ~ text_literal(value) ~ ' as ' ~ type ~ ')'
            ) %}
        {% endfor %}
        {% do rows.append('(' ~ cells | join(', ') ~ ')') %}
    {% endfor %}
    {% set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') %}
    {% if rows %}
        {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {% endif %}
    {{ return(sql) }}
{% endmacro %}
