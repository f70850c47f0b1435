{# Fails where more than max_quarantined_share of a ledger table's rows broke a
   rule, and so stops the build: then the export is wrong, not the rows. Look
   into broken_rules of the model to see which. #}

{% test quarantined_share_within_limit(model) %}

    select
        row_count,
        quarantined_count

    from (
        select
            count(*) as row_count,
            count(broken_rules) as quarantined_count
        from {{ model }}
    ) as counted

    where quarantined_count > {{ var('max_quarantined_share') }} * row_count

{% endtest %}
