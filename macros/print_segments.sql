{# on-run-end of a build: what it found, in a table a person can read, and where
   the rest is. Says nothing when the build did not get that far. #}

{% macro print_segments(results) %}
    {% set built = {} %}
    {% for result in results if result.status == 'success' %}
        {% do built.update({result.node.name: result.node.relation_name}) %}
    {% endfor %}
    {% if 'segment_kpis' in built and 'dso' in built %}
        {% set line = '%-24s %7s %14s %14s %7s' %}
        {% do print('') %}
        {% do print(line % (
            'segment', 'clients', 'outstanding', 'overdue', 'DSO'
        )) %}
        {% set rows = run_query(
            segment_summary(built.segment_kpis, built.dso)
        ).rows %}
        {% for row in rows %}
            {% do print(line % (
                row[0], '{:,}'.format(row[1]), '{:,.2f}'.format(row[2]),
                '{:,.2f}'.format(row[3]),
                'n/a' if row[4] is none else '%.1f' % row[4]
            )) %}
        {% endfor %}
        {% do print(
            '\nAs of ' ~ rows[0][5] ~ ', in ' ~ var('reporting_currency') | upper
            ~ '. Results: ' ~ where_results_are()
        ) %}
    {% endif %}
{% endmacro %}


{% macro segment_summary(segment_kpis, dso) %}
    select
        segment_code || '  ' || segment_name as segment,
        client_count,
        outstanding_amount,
        overdue_amount,
        dso,
        as_of_date

    from {{ segment_kpis }}

    union all

    select
        'all' as segment,
        sum(segment_kpis.client_count) as client_count,
        sum(segment_kpis.outstanding_amount) as outstanding_amount,
        sum(segment_kpis.overdue_amount) as overdue_amount,
        max(dso.dso) as dso,
        max(segment_kpis.as_of_date) as as_of_date

    from {{ segment_kpis }} as segment_kpis

    left join {{ dso }} as dso
        on
            segment_kpis.as_of_date = dso.period_end_date
            and dso.level = 'portfolio'
            and dso.method = 'rolling_3_months'

    order by 1
{% endmacro %}


{% macro where_results_are() %}
    {% if target.type == 'duckdb' %}
        {{ return(target.path) }}
    {% endif %}
    {{ return(
        'schemas core, features, segments, kpis, risk, collections and audit of '
        ~ target.type
    ) }}
{% endmacro %}
