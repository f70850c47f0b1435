{# How the segmentation goes from one build to the next. #}


{# Columns of client_features that the segmentation reads. #}

{% macro segmentation_columns() %}
    {{ return([
        'as_of_date', 'client_id', 'shrunk_avg_days_late', 'avg_days_late',
        'shrunk_late_rate', 'shrunk_severely_late_rate',
        'filled_stddev_days_late', 'payment_trend_days',
        'partial_payment_ratio', 'weighted_avg_days_late', 'invoice_velocity',
        'total_invoiced_amount', 'outstanding_amount', 'known_outcome_count',
        'industry', 'company_size', 'company_size_rank', 'first_invoice_date'
    ] | join(', ')) }}
{% endmacro %}


{# What earlier builds have put into segmentation_versions; nothing in a full
   refresh. #}

{% macro stored_versions() %}
    {# by name, for a ref would go round in a circle #}
    {% set stored = adapter.get_relation(
        this.database, this.schema, 'segmentation_versions'
    ) if execute %}
    {% if stored and not should_full_refresh() %}
        {{ return('select * from ' ~ stored) }}
    {% endif %}
    {{ return(
        'select '
        ~ 'cast(null as string) as model_version, '
        ~ 'cast(null as string) as fit_date, '
        ~ 'cast(null as string) as algorithm, '
        ~ 'cast(null as int) as cluster_count, '
        ~ 'cast(null as int) as cluster_id, '
        ~ 'cast(null as string) as feature, '
        ~ 'cast(null as string) as measure, '
        ~ 'cast(null as double) as value, '
        ~ 'cast(null as string) as note '
        ~ 'where 1 = 0'
    ) }}
{% endmacro %}


{# A number with its unit as people write it: 12.5 days, 41 %, 1.4 times,
   1200 EUR. #}

{% macro in_words(value, unit) -%}
    case {{ unit }}
        when 'days'
            then
                cast(cast(
                    round({{ value }} * 10) / 10 as decimal(18, 1)
                ) as string) || ' days'
        when 'share'
            then
                cast(cast(
                    round({{ value }} * 100) as decimal(18, 0)
                ) as string) || ' %'
        when 'times'
            then
                cast(cast(
                    round({{ value }} * 10) / 10 as decimal(18, 1)
                ) as string) || ' times'
        when 'amount'
            then
                cast(cast(round({{ value }}) as decimal(18, 0)) as string)
                || ' ' || {{ reporting_currency() }}
        else cast(cast(round({{ value }}) as decimal(18, 0)) as string)
    end
{%- endmacro %}
