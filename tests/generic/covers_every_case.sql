{# Fails for each situation and segment of the playbook, and the first or a last day
   of a step, for which there is no step or more than one. A gap or an overlap
   begins on one of these days. #}

{% test covers_every_case(model) %}

    with

    days as (

        select 1 as day_number

        union

        select max_days as day_number from {{ model }}

        union

        select max_days + 1 as day_number
        from {{ model }}
        where max_days < 100000

        union

        select 100000 as day_number

    ),

    cases as (

        select
            situations.situation,
            playbook.segment_code,
            days.day_number

        from (
            select 'collect' as situation
            union all
            select 'reminded' as situation
            union all
            select 'unapplied' as situation
            union all
            select 'promised' as situation
            union all
            select 'disputed' as situation
        ) as situations

        cross join {{ ref('playbook') }} as playbook

        cross join days

    )

    select
        cases.situation,
        cases.segment_code,
        cases.day_number,
        count(steps.step_code) as step_count

    from cases

    left join {{ model }} as steps
        on
            cases.situation = steps.situation
            and steps.segment_code in (cases.segment_code, 'all')
            and cases.day_number between steps.min_days and steps.max_days

    group by 1, 2, 3

    having count(steps.step_code) <> 1

{% endtest %}
