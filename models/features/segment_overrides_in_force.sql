-- One row per client and day on which a person's word takes the place of the
-- model's: for a segment there is, signed by two, begun and not yet expired.
-- Of two the later one counts.

with

days as (

    select distinct as_of_date
    from {{ ref('segmentation_clients') }}

),

overrides as (

    select * from {{ ref('segment_overrides') }}

),

playbook as (

    select * from {{ ref('playbook') }}

),

ranked as (

    select
        days.as_of_date,
        trim(overrides.client_id) as client_id,
        overrides.segment_code,
        overrides.reason,
        overrides.expires_on,
        row_number() over (
            partition by days.as_of_date, trim(overrides.client_id)
            order by
                overrides.valid_from desc,
                overrides.expires_on desc,
                overrides.segment_code asc,
                overrides.reason asc
        ) as recency_rank

    from overrides

    inner join playbook
        on overrides.segment_code = playbook.segment_code

    inner join days
        on days.as_of_date between overrides.valid_from and overrides.expires_on

    where lower(trim(overrides.author)) <> lower(trim(overrides.approver))

)

select
    as_of_date,
    client_id,
    segment_code,
    reason,
    expires_on

from ranked

where recency_rank = 1
