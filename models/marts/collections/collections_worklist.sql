-- One row per client with something past due, in the order in which to work:
-- by what contact is expected to bring within a month. Clients of whom
-- everything is disputed or promised come last, with nothing to gain.

{{ config(post_hook="{{ export_csv(
    this, var('collections_csv'), 'work_rank'
) }}") }}

with

as_of_dates as (

    select * from {{ ref('as_of_dates') }}

),

clients as (

    select * from {{ ref('clients') }}

),

client_features as (

    select * from {{ ref('client_features') }}

),

scores as (

    select * from {{ ref('client_risk_scores') }}

),

answers as (

    select * from {{ ref('int_reminders_answered') }}

),

steps as (

    select * from {{ ref('collection_steps') }}

),

-- a rate that is not known is left out, and the reason says so
expected as (

    select
        owing.*,
        answers.shrunk_response_rate,
        answers.answered_reminder_count,
        answers.last_reminder_date,
        client_features.unapplied_amount,
        client_features.eligible_reminder_count,
        client_features.avg_days_late,
        cast(
            round(
                owing.still_unpaid_amount
                * cast(
                    coalesce(answers.shrunk_response_rate, 1) as decimal(19, 9)
                ),
                2
            ) as decimal(18, 2)
        ) as expected_gain_amount,
        case
            when
                owing.collectible_amount > 0
                and coalesce(client_features.unapplied_amount, 0)
                + owing.usable_credit_amount >= owing.collectible_amount
                then 'unapplied'
            when owing.collectible_amount > 0 then 'collect'
            when owing.promised_amount > 0 then 'promised'
            else 'disputed'
        end as situation

    from {{ ref('int_clients_to_collect') }} as owing

    inner join answers
        on owing.client_id = answers.client_id

    inner join client_features
        on owing.client_id = client_features.client_id

),

ranked as (

    select
        *,
        row_number() over in_order as work_rank,
        (sum(expected_gain_amount) over in_order) - expected_gain_amount
            as gain_before_amount,
        sum(expected_gain_amount) over () as all_gain_amount

    from expected

    window in_order as (
        order by
            expected_gain_amount desc,
            collectible_amount desc,
            overdue_amount desc,
            client_id asc
    )

)

select
    cast(ranked.work_rank as int) as work_rank,
    ranked.client_id,
    clients.client_name,
    ranked.segment_code,
    ranked.persona,
    case
        when ranked.expected_gain_amount = 0 then 'low'
        when ranked.gain_before_amount < ranked.all_gain_amount * 0.5
            then 'high'
        when ranked.gain_before_amount < ranked.all_gain_amount * 0.9
            then 'medium'
        else 'low'
    end as priority,
    coalesce(answers_due.step_code, steps.step_code) as step_code,
    coalesce(answers_due.action, steps.action) as suggested_action,
    ranked.overdue_amount,
    ranked.collectible_amount,
    ranked.disputed_amount,
    ranked.promised_amount,
    cast(coalesce(ranked.unapplied_amount, 0) as decimal(18, 2))
        as unapplied_amount,
    ranked.usable_credit_amount,
    ranked.expected_gain_amount,
    cast(ranked.oldest_days_past_due as int) as oldest_days_past_due,
    ranked.shrunk_response_rate as reminder_response_rate,
    scores.late_probability,
    concat_ws(
        '; ',
        {{ written_amount('ranked.overdue_amount') }}
        || ' ' || {{ reporting_currency() }}
        || ' overdue, oldest '
        || cast(ranked.oldest_days_past_due as string)
        || case ranked.oldest_days_past_due when 1 then ' day' else ' days' end,
        case
            when
                ranked.oldest_collectible_days < ranked.oldest_days_past_due
                then
                    'oldest to collect '
                    || cast(ranked.oldest_collectible_days as string)
        end,
        case
            when ranked.disputed_amount > 0
                then
                    {{ written_amount('ranked.disputed_amount') }}
                    || ' disputed'
        end,
        case
            when ranked.promised_amount > 0
                then
                    {{ written_amount('ranked.promised_amount') }}
                    || ' promised by ' || cast(ranked.promised_date as string)
        end,
        case
            when ranked.unapplied_amount > 0
                then
                    {{ written_amount('ranked.unapplied_amount') }}
                    || ' paid and not applied'
        end,
        case
            when ranked.usable_credit_amount > 0
                then
                    {{ written_amount('ranked.usable_credit_amount') }}
                    || ' in open credits'
        end,
        case
            when ranked.eligible_reminder_count = 0
                then 'no reminder of its own to judge by'
            when ranked.shrunk_response_rate is null
                then 'no reminder shows whether it answers'
            else
                'answered '
                || cast(ranked.answered_reminder_count as string)
                || ' of '
                || cast(ranked.eligible_reminder_count as string)
                || case ranked.eligible_reminder_count
                    when 1 then ' reminder' else ' reminders'
                end
        end,
        'reminded on ' || cast(ranked.last_reminder_date as string),
        case
            when ranked.avg_days_late is null
                then 'nothing shows how late it is'
            when ranked.avg_days_late < 0.5
                then 'on average in time'
            when ranked.avg_days_late < 1.5
                then 'on average 1 day late'
            else
                'on average '
                || cast(
                    cast(
                        floor(ranked.avg_days_late + 0.5e0) as int
                    ) as string
                )
                || ' days late'
        end,
        case
            when ranked.has_unknown_rate
                then 'not known what comes in unasked'
        end
    ) as reason,
    ranked.last_reminder_date,
    as_of_dates.as_of_date

from ranked

cross join as_of_dates

inner join clients
    on ranked.client_id = clients.client_id

left join scores
    on ranked.client_id = scores.client_id

left join steps
    on
        ranked.situation = steps.situation
        and (
            ranked.segment_code = steps.segment_code
            or steps.segment_code = 'all'
        )
        and coalesce(
            ranked.oldest_collectible_days, ranked.oldest_days_past_due
        ) between steps.min_days and steps.max_days

-- a reminder that went out is not sent again
left join steps as answers_due
    on
        answers_due.situation = 'reminded'
        and answers_due.segment_code in (ranked.segment_code, 'all')
        and steps.step_code like '%_reminder'
        and ranked.oldest_reminded_days >= steps.min_days
        and ranked.oldest_collectible_days between answers_due.min_days
        and answers_due.max_days
