-- Every column of client_features for a ledger of generate_ledger.py, straight
-- from its files, as fast as DuckDB goes: what a build is measured against. One
-- day only, no history; nothing is judged, kept or explained. It relies on what
-- such a ledger does not have: bad rows, other currencies, credit notes as
-- documents, reversals, payments before the invoice, and tables that are
-- missing. The variable `folder` says where the files are. Amounts are whole
-- cents within.

set variable as_of = (
    select max(day) from (
        select max(invoice_date) as day
        from read_parquet(getvariable('folder') || '/invoices.parquet')
        union all
        select max(payment_date)
        from read_parquet(getvariable('folder') || '/payments.parquet')
    )
);

create temp view invoice as
select *, (amount * 100)::bigint as cents
from read_parquet(getvariable('folder') || '/invoices.parquet')
where invoice_date <= getvariable('as_of');

create temp view payment as
select *, (amount * 100)::bigint as cents
from read_parquet(getvariable('folder') || '/payments.parquet')
where payment_date <= getvariable('as_of');

-- One row per invoice with a payment.
create temp table applied as
select
    invoice_id,
    count(*)::int as entry_count,
    count(*) filter (kind = 'cash')::int as cash_count,
    sum(cents)::bigint as applied_cents,
    coalesce(sum(cents) filter (kind = 'cash'), 0)::bigint as paid_cents,
    coalesce(sum(cents) filter (kind = 'credit_note'), 0)::bigint
        as credited_cents,
    coalesce(sum(cents) filter (kind = 'write_off'), 0)::bigint
        as written_off_cents,
    coalesce(sum(cents * (payment_date - date '2000-01-01'))
        filter (kind <> 'write_off'), 0)::bigint as cents_days,
    max(payment_date) filter (kind <> 'write_off') as last_date
from payment
where invoice_id is not null
group by invoice_id;

-- Of several payments, the first that left next to nothing settled the invoice.
create temp table settled_early as
select running.invoice_id, min(running.payment_date) as settled_date
from (
    select
        invoice_id,
        payment_date,
        sum(cents) over (
            partition by invoice_id order by payment_date
        )::bigint as settling_cents
    from payment
    where kind <> 'write_off' and invoice_id in (
        select invoice_id from applied where entry_count > 1
    )
) as running
inner join invoice on running.invoice_id = invoice.invoice_id
where (invoice.cents - running.settling_cents) * 100 <= invoice.cents
    and invoice.cents - running.settling_cents <= 500
group by 1;

create temp table judged as
select
    invoice_id,
    client_id,
    invoice_date,
    due_date,
    cents,
    cents - applied_cents as open_cents,
    cents - credited_cents as net_cents,
    written_off_cents,
    paid_cents + credited_cents as settling_cents,
    cents_days - (due_date - date '2000-01-01') * (paid_cents + credited_cents)
        as cents_days,
    settled_date,
    due_date - invoice_date as terms_days,
    case
        when settled_date is not null then settled_date - due_date
        when open_cents * 100 > cents or open_cents > 500
            then getvariable('as_of') - due_date
    end::smallint as aged_days,
    settled_date is null and aged_days > 0 as is_overdue,
    case when settled_date is not null or is_overdue then aged_days end
        as known_days,
    cash_count > 1 or (settled_date is null and paid_cents > 0) as is_partial,
    cash_count > 0 or coalesce(is_overdue, false) as is_paid_or_due,
    quarter(due_date)::tinyint as quarter
from (
    select
        invoice.*,
        coalesce(cash_count, 0) as cash_count,
        coalesce(applied_cents, 0) as applied_cents,
        coalesce(paid_cents, 0) as paid_cents,
        coalesce(credited_cents, 0) as credited_cents,
        coalesce(written_off_cents, 0) as written_off_cents,
        coalesce(cents_days, 0) as cents_days,
        case
            when (cents - paid_cents - credited_cents) * 100 <= cents
                and cents - paid_cents - credited_cents <= 500
                then case
                    when entry_count = 1 then last_date
                    else settled_early.settled_date
                end
        end as settled_date
    from invoice
    left join applied on invoice.invoice_id = applied.invoice_id
    left join settled_early on invoice.invoice_id = settled_early.invoice_id
) as matched;

create temp table sums as
select
    client_id,
    count(*)::int as invoice_count,
    sum(cents)::bigint as gross_cents,
    sum(net_cents)::bigint as net_cents,
    sum(open_cents)::bigint as open_cents,
    coalesce(sum(open_cents) filter (is_overdue), 0)::bigint as overdue_cents,
    sum(written_off_cents)::bigint as written_off_cents,
    sum(cents::hugeint * cents) as squared_cents,
    min(invoice_date) as first_invoice_date,
    max(invoice_date) as last_invoice_date,
    round(median(terms_days))::int as typical_terms_days,
    count(known_days)::int as known_count,
    count(*) filter (known_days > 0)::int as late_count,
    count(*) filter (known_days > 30)::int as severe_count,
    sum(known_days)::bigint as days,
    sum(known_days::bigint * known_days)::bigint as squared_days,
    median(known_days) as median_days,
    max(known_days)::int as max_days,
    sum(known_days * recency) filter (known_days is not null)
        as recent_weighted,
    sum(recency) filter (known_days is not null) as recency,
    sum(cents) filter (known_days > 0)::bigint as late_cents,
    (
        sum(cents_days)
        + coalesce(sum(open_cents * aged_days) filter (is_overdue), 0)
    )::bigint as cents_days,
    (
        sum(settling_cents)
        + coalesce(sum(open_cents) filter (is_overdue), 0)
    )::bigint as weighed_cents,
    count(known_days) filter (
        due_date > getvariable('as_of') - interval 90 day
    ) as recent_count,
    sum(known_days) filter (
        due_date > getvariable('as_of') - interval 90 day
    )::bigint as recent_days,
    count(*) filter (is_partial) as partial_count,
    count(*) filter (is_paid_or_due) as paid_or_due_count,
    min(due_date) filter (known_days is not null) as first_known_due_date,
    count(known_days) filter (quarter = 1) as known_q1,
    count(known_days) filter (quarter = 2) as known_q2,
    count(known_days) filter (quarter = 3) as known_q3,
    count(*) filter (known_days > 0 and quarter = 1) as late_q1,
    count(*) filter (known_days > 0 and quarter = 2) as late_q2,
    count(*) filter (known_days > 0 and quarter = 3) as late_q3,
    count(aged_days) as aged_count,
    count(*) filter (aged_days <= 0) as not_due_count,
    count(*) filter (aged_days between 1 and 30) as count_1_30,
    count(*) filter (aged_days between 31 and 60) as count_31_60,
    count(*) filter (aged_days between 61 and 90) as count_61_90,
    sum(cents) filter (aged_days is not null)::bigint as aged_cents,
    coalesce(sum(cents) filter (aged_days <= 0), 0)::bigint as not_due_cents,
    coalesce(sum(cents) filter (aged_days between 1 and 30), 0)::bigint
        as cents_1_30,
    coalesce(sum(cents) filter (aged_days between 31 and 60), 0)::bigint
        as cents_31_60,
    coalesce(sum(cents) filter (aged_days between 61 and 90), 0)::bigint
        as cents_61_90
from (
    select
        *, power(0.5, (getvariable('as_of') - invoice_date) / 180.0) as recency
    from judged
)
group by client_id;

-- Kaplan-Meier: the share still unpaid after each day with an outcome.
create temp table survival as
select
    client_id,
    sum(least(before, 30) + unpaid * (least(next, 30) - least(day, 30)))
        as expected_30,
    sum(before + unpaid * (next - day)) as expected_90
from (
    select
        client_id,
        day,
        lead(day, 1, 90) over by_day as next,
        case when lag(day) over by_day is null then day else 0 end as before,
        coalesce(exp(sum(
            case when settled < at_risk then ln(1 - settled / at_risk) end
        ) over by_day), 1)
        * case when max(settled = at_risk) over by_day then 0 else 1 end
            as unpaid
    from (
        select
            *,
            sum(leaving) over (partition by client_id order by day desc)::double
                as at_risk
        from (
            select
                client_id,
                least(greatest(known_days, 0), 90)::int as day,
                count(*)::int as leaving,
                count(settled_date)::int as settled
            from judged
            where known_days is not null
            group by 1, 2
        )
    )
    window by_day as (partition by client_id order by day)
)
group by client_id;

create temp table asked as
with requested as (
    select
        request_id, client_id, invoice_id, request_date, promised_date,
        (promised_amount * 100)::bigint as said_cents
    from read_parquet(getvariable('folder') || '/extension_requests.parquet')
    where request_date <= getvariable('as_of')
),

received as (
    select
        requested.request_id,
        coalesce(sum(payment.cents) filter (
            kind = 'cash' and payment_date > request_date
            and payment_date <= promised_date + 3
        ), 0)::bigint as received_cents,
        coalesce(
            sum(payment.cents) filter (payment_date <= request_date), 0
        )::bigint as earlier_cents
    from requested
    inner join payment on requested.invoice_id = payment.invoice_id
    group by 1
),

promised as (
    select
        requested.*,
        coalesce(received_cents, 0) as received_cents,
        coalesce(said_cents, judged.cents - coalesce(earlier_cents, 0))
            as promised_cents,
        promised_date + 3 <= getvariable('as_of') and promised_cents > 0
            as is_due
    from requested
    inner join judged on requested.invoice_id = judged.invoice_id
    left join received on requested.request_id = received.request_id
),

kept as (
    select
        *,
        received_cents * 100 >= 95 * sum(promised_cents) over (
            partition by client_id, invoice_id, request_date
            order by promised_date, request_id
        ) as is_kept
    from promised
)

select
    client_id,
    count(*)::int as negotiation_count,
    count(*) filter (is_due)::int as promise_count,
    count(*) filter (is_due and is_kept)::int as kept_count,
    sum(promised_cents) filter (is_due) as promised_cents,
    coalesce(sum(promised_cents) filter (is_due and is_kept), 0) as kept_cents
from kept
group by client_id;

create temp table reminded as
with sent as (
    select
        reminder.*,
        coalesce(response_date - reminder_date between 0 and 14, false)
            as is_replied
    from read_parquet(getvariable('folder') || '/reminders.parquet') as reminder
    left join judged on reminder.invoice_id = judged.invoice_id
    where reminder_date + 14 <= getvariable('as_of')
        and coalesce(reminder_date <= settled_date, true)
),

paid as (
    select distinct reminder_id
    from sent
    inner join payment on sent.invoice_id = payment.invoice_id
    where not is_replied and kind = 'cash'
        and payment_date - reminder_date between 0 and 14
)

select
    client_id,
    count(*)::int as eligible_count,
    count(*) filter (
        is_replied or reminder_id in (select reminder_id from paid)
    ) as answered_count
from sent
group by client_id;

-- Utilisation at the last six month-ends: what is owed now, less what came
-- since.
create temp table velocity as
with month_ends as (
    select
        last_day(getvariable('as_of') + 1 - to_months(6 - number::int)) as day,
        number as x
    from range(6) as numbers(number)
),

moved as (
    select client_id, last_day(day) as month, sum(cents)::bigint as cents
    from (
        select client_id, invoice_date as day, cents from invoice
        where invoice_date > (select min(day) from month_ends)
        union all
        select client_id, payment_date, -cents from payment
        where payment_date > (select min(day) from month_ends)
            and invoice_id is not null
    )
    group by 1, 2
),

limits as (
    select
        client_id,
        valid_from,
        (credit_limit_amount * 100)::bigint as limit_cents,
        lead(valid_from, 1, date '9999-12-31') over (
            partition by client_id order by valid_from
        ) as until_date
    from read_parquet(getvariable('folder') || '/credit_limits.parquet')
),

used as (
    select
        limits.client_id, x,
        max((coalesce(sums.open_cents, 0)) / limit_cents)
        - coalesce(sum(moved.cents), 0) / any_value(limit_cents) as used
    from month_ends
    inner join limits
        on day >= valid_from and day < until_date and limit_cents > 0
    left join sums on limits.client_id = sums.client_id
    left join moved on limits.client_id = moved.client_id and moved.month > day
    group by 1, 2
)

select
    limits.client_id,
    any_value(limit_cents) as limit_cents,
    any_value(slope) as slope
from limits
left join (
    select client_id, 100 * regr_slope(used, x) as slope
    from used group by 1 having count(*) >= 3
) as slopes on limits.client_id = slopes.client_id
where getvariable('as_of') >= valid_from and getvariable('as_of') < until_date
group by 1;

create temp table master as
select client_id, max_by(industry, valid_from) as industry,
    max_by(company_size, valid_from) as company_size
from read_parquet(getvariable('folder') || '/clients.parquet')
where valid_from <= getvariable('as_of')
group by 1;

create temp table unapplied as
select client_id, sum(cents)::bigint as cents
from payment where invoice_id is null group by 1;

-- Per group of peers and measure, by the method of moments.
create temp table prior as
with measured as (
    select *, unnest([
        {
            measure: 'late',
            total: late_count::bigint,
            squares: late_count::bigint
        },
        {measure: 'severe', total: severe_count, squares: severe_count},
        {measure: 'days', total: days, squares: squared_days}
    ], recursive := true)
    from sums left join master using (client_id)
    where known_count > 0
),

peers as (
    select *, known_count as n, unnest([
        {kind: 'terms', rank: 1, key: typical_terms_days::varchar},
        {kind: 'size', rank: 2, key: company_size},
        {kind: 'all', rank: 3, key: 'all'}
    ], recursive := true)
    from measured
),

summed as (
    select
        kind, rank, key, measure,
        count(*)::double as k, sum(n)::double as n, sum(n * n::double) as n2,
        sum(total)::double as total,
        sum(squares)::double as squares,
        sum(total::double * total / n) as explained
    from peers
    where key is not null
    group by all
),

analysed as (
    select
        *,
        total / n as mean,
        greatest(squares - explained, 0) / nullif(n - k, 0) as within_variance,
        ((explained - total * total / n) / nullif(k - 1, 0) - within_variance)
        / nullif((n - n2 / n) / nullif(k - 1, 0), 0) as between_variance
    from summed
    where k >= 20 or kind = 'all'
)

select
    kind, rank, key,
    max(mean) filter (measure = 'late') as late_mean,
    max(strength) filter (measure = 'late') as late_strength,
    max(mean) filter (measure = 'severe') as severe_mean,
    max(strength) filter (measure = 'severe') as severe_strength,
    max(mean) filter (measure = 'days') as days_mean,
    max(strength) filter (measure = 'days') as days_strength,
    max(sqrt(within_variance)) filter (measure = 'days') as stddev_days
from (
    select *, case
        when between_variance is null then 10
        when within_variance >= between_variance * 1000 then 1000
        else within_variance / between_variance
    end as strength
    from analysed
)
group by all;

create table client_features as
with nearest as (
    select client_id, min_by(prior, prior.rank) as prior
    from sums
    left join master using (client_id)
    inner join prior on prior.key = case prior.kind
        when 'terms' then typical_terms_days::varchar
        when 'size' then company_size
        else 'all'
    end
    group by 1
),

divided as (
    select
        *,
        days / nullif(known_count, 0) as avg_days,
        case when known_count >= 3 then sqrt(
            (known_count * squared_days::hugeint - days::hugeint * days)::double
            / (known_count::double * (known_count - 1))
        ) end as stddev_days,
        known_count - known_q1 - known_q2 - known_q3 as known_q4,
        late_count - late_q1 - late_q2 - late_q3 as late_q4,
        first_known_due_date <= (getvariable('as_of') - interval 1 year)::date
        and least(known_q1, known_q2, known_q3, known_q4) > 0 as is_full_year
    from (select client_id from sums union select client_id from unapplied)
    left join sums using (client_id)
)

select
    divided.client_id,
    industry,
    company_size,
    prior.kind as peer_kind,
    prior.key as peer_key,
    (coalesce(net_cents, 0) / 100)::decimal(18, 2) as total_invoiced_amount,
    (coalesce(open_cents, 0) / 100)::decimal(18, 2) as outstanding_amount,
    (coalesce(overdue_cents, 0) / 100)::decimal(18, 2) as overdue_amount,
    (coalesce(unapplied.cents, 0) / 100)::decimal(18, 2) as unapplied_amount,
    (coalesce(written_off_cents, 0) / 100)::decimal(18, 2)
        as written_off_amount,
    gross_cents / 100 / invoice_count as avg_invoice_amount,
    case when invoice_count >= 3 then sqrt(
        (
            invoice_count * squared_cents
            - gross_cents::hugeint * gross_cents
        )::double
        / (invoice_count::double * (invoice_count - 1))
    ) / 100 end as stddev_invoice_amount,
    late_cents / 100 / nullif(late_count, 0) as avg_overdue_exposure_amount,
    coalesce(invoice_count, 0) as invoice_count,
    coalesce(known_count, 0) as known_outcome_count,
    coalesce(late_count, 0) as late_count,
    avg_days as avg_days_late,
    (coalesce(days, 0) + prior.days_strength * prior.days_mean)
    / (known_count + prior.days_strength) as shrunk_avg_days_late,
    median_days as median_days_late,
    max_days as max_days_late,
    stddev_days as stddev_days_late,
    coalesce(stddev_days, prior.stddev_days) as filled_stddev_days_late,
    stddev_days as payment_consistency_index,
    case when abs(avg_days) > 5 then stddev_days / abs(avg_days) end
        as payment_consistency_cv,
    cents_days / nullif(weighed_cents, 0) as weighted_avg_days_late,
    recent_weighted / recency as recency_weighted_days_late,
    case when recent_count >= 3 and known_count - recent_count >= 3 then
        recent_days / recent_count
        - (days - recent_days) / (known_count - recent_count)
    end as payment_trend_days,
    expected_90 as expected_days_late,
    expected_30 as expected_days_late_30,
    1 - late_count / nullif(known_count, 0) as on_time_rate,
    late_count / nullif(known_count, 0) as late_rate,
    (late_count + prior.late_strength * prior.late_mean)
    / (known_count + prior.late_strength) as shrunk_late_rate,
    severe_count / nullif(known_count, 0) as severely_late_rate,
    (severe_count + prior.severe_strength * prior.severe_mean)
    / (known_count + prior.severe_strength) as shrunk_severely_late_rate,
    case when is_full_year then late_q1 / known_q1 end as late_rate_q1,
    case when is_full_year then late_q2 / known_q2 end as late_rate_q2,
    case when is_full_year then late_q3 / known_q3 end as late_rate_q3,
    case when is_full_year then late_q4 / known_q4 end as late_rate_q4,
    case when late_count > 0 then [
        late_rate_q1, late_rate_q2, late_rate_q3, late_rate_q4
    ][quarter(getvariable('as_of'))::int] * known_count / late_count
    end as seasonal_late_index,
    not_due_count / nullif(aged_count, 0) as aging_not_due_share,
    count_1_30 / nullif(aged_count, 0) as aging_1_30_share,
    count_31_60 / nullif(aged_count, 0) as aging_31_60_share,
    count_61_90 / nullif(aged_count, 0) as aging_61_90_share,
    (aged_count - not_due_count - count_1_30 - count_31_60 - count_61_90)
    / nullif(aged_count, 0) as aging_over_90_share,
    not_due_cents / aged_cents as aging_not_due_amount_share,
    cents_1_30 / aged_cents as aging_1_30_amount_share,
    cents_31_60 / aged_cents as aging_31_60_amount_share,
    cents_61_90 / aged_cents as aging_61_90_amount_share,
    (aged_cents - not_due_cents - cents_1_30 - cents_31_60 - cents_61_90)
    / aged_cents as aging_over_90_amount_share,
    partial_count / nullif(paid_or_due_count, 0) as partial_payment_ratio,
    coalesce(negotiation_count, 0) as negotiation_count,
    coalesce(negotiation_count, 0) / invoice_count as negotiation_rate,
    coalesce(promise_count, 0) as promise_count,
    kept_count / nullif(promise_count, 0) as promise_kept_rate,
    kept_cents / promised_cents as promise_kept_share,
    (limit_cents / 100)::decimal(18, 2) as credit_limit_amount,
    coalesce(open_cents, 0) / nullif(limit_cents, 0) as credit_utilization,
    slope as credit_utilization_velocity,
    coalesce(eligible_count, 0) as eligible_reminder_count,
    answered_count / eligible_count as reminder_response_rate,
    invoice_count
    / greatest((getvariable('as_of') - first_invoice_date) / 30.4375, 1)
        as invoice_velocity,
    typical_terms_days,
    case company_size
        when 'small' then 1 when 'medium' then 2
        when 'large' then 3 when 'enterprise' then 4
    end as company_size_rank,
    true as has_clients,
    true as has_payments,
    true as has_reminders,
    true as has_extension_requests,
    true as has_credit_limits,
    first_invoice_date,
    last_invoice_date,
    getvariable('as_of') as as_of_date
from divided
left join master using (client_id)
left join unapplied using (client_id)
left join survival using (client_id)
left join asked using (client_id)
left join reminded using (client_id)
left join velocity using (client_id)
left join nearest using (client_id);
