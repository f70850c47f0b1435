"""Write a ledger of any size as Parquet files, the same bytes every time.

    python benchmarks/generate_ledger.py folder invoices clients [last_day]

Clients pay as the personas of the sample ledger do: most promptly, some late now and
then, some always late, a few large ones late and in parts; some invoices are never
paid, and half of these written off in the end. They are reminded after 7, 21 and 45
days, ask for more time, dispute. A few clients have next to no invoices.

Everything follows from hashes of ids; DuckDB does the work row by row, so that 100
million invoices need disk, not memory. Invoices of 2024 and 2025 in the order of
their dates, in euros; what comes after last_day is not written, so that one ledger is
another some days later. No foreign currencies, reversals or bad rows: of these the
sample ledger is full.
"""

import sys
from pathlib import Path

import duckdb

FIRST_DAY, LAST_DAY, DAYS = "2024-01-01", "2025-12-31", 731

# share of clients up to here; share late, mean days late when late, early days;
# typical amount; shares of invoices paid in two parts, never paid, asked more time
# for and disputed, and of reminders replied to; limit in invoices
PERSONAS = """
    (1, 0.46, 0.06,  8, 3,   900, 0.01, 0.000, 0.02, 0.006, 0.80, 8),
    (2, 0.74, 0.40, 28, 2,   350, 0.05, 0.010, 0.06, 0.008, 0.65, 7),
    (3, 0.92, 0.92, 48, 1,   250, 0.20, 0.050, 0.16, 0.012, 0.25, 7),
    (4, 1.00, 0.66, 38, 2, 12000, 0.24, 0.035, 0.09, 0.050, 0.50, 8)
"""

# A number from 0 to 1 that depends on an id and a purpose alone. Hashed twice, for
# the hashes of one id and two purposes go together.
CHANCE = """
    create macro chance(id, purpose) as
    (hash(hash(id, purpose)) >> 11)::double / 9007199254740992e0
"""

CLIENTS = f"""
    create table client as
    select numbered.*, persona.*
    from (
        select
            number as client_number,
            'C' || lpad(number::varchar, 7, '0') as client_id,
            chance(number, 'persona') as draw,
            [14, 30, 30, 45, 60][1 + floor(5 * chance(number, 'terms'))::int] as terms,
            exp(1.2 * (chance(number, 'size') - 0.5)) as size
        from range({{clients}}) as numbers(number)
    ) as numbered
    asof join (
        select *, lag(up_to, 1, 0) over (order by code) as from_draw
        from (values {PERSONAS}) as t(
            code, up_to, late_share, late_days, early_days, amount, parts_share,
            stuck_share, request_share, dispute_share, reply_share, limit_invoices
        )
    ) as persona
        on numbered.draw >= persona.from_draw
"""

# three in a hundred clients share three in ten thousand invoices
INVOICES = f"""
    create view invoice as
    select
        number,
        'INV-' || lpad(number::varchar, 9, '0') as invoice_id,
        client.*,
        date '{FIRST_DAY}' + (number * {DAYS} // {{invoices}})::int as invoice_date,
        invoice_date + client.terms as due_date,
        greatest(
            5, client.amount * client.size * exp(2 * (chance(number, 'amount') - 0.5))
        )::decimal(18, 2) as invoice_amount,
        greatest(invoice_date, due_date + case
            when chance(number, 'late') < client.late_share
                then ceil(-ln(1 - 0.999 * chance(number, 'days')) * client.late_days)
            else -floor(chance(number, 'early') * (client.early_days + 1))
        end::int) as paid_date,
        chance(number, 'stuck') < client.stuck_share as is_stuck,
        is_stuck and chance(number, 'lost') < 0.5 as is_lost,
        chance(number, 'parts') < client.parts_share as is_in_parts,
        case when is_in_parts then invoice_amount / 2 else 0 end::decimal(18, 2)
            as part_amount,
        case when chance(number, 'credit') < 0.01 then invoice_amount / 10 else 0
        end::decimal(18, 2) as credited_amount,
        invoice_amount - credited_amount - part_amount as rest_amount,
        case
            when is_lost then due_date + 180
            when not is_stuck then paid_date + case when is_in_parts then 20 else 0 end
        end as closed_date
    from range({{invoices}}) as numbers(number)
    inner join client
        on client.client_number = case
            when chance(number, 'client') < 0.9997
                then floor(
                    pow(chance(number, 'client') / 0.9997, 1.3) * 0.97 * {{clients}}
                )
            else
                {{clients}} - 1
                - floor(chance(number, 'rare') * 0.03 * {{clients}})
        end::bigint
    where invoice_date <= date '{{last_day}}'
"""

TABLES = {
    "clients": """
        select
            client_id,
            'Client ' || client_number as client_name,
            ['machinery', 'construction', 'chemicals', 'logistics', 'energy'][
                1 + floor(5 * chance(client_number, 'industry'))::int
            ] as industry,
            [
                case code when 4 then 'large' when 1 then 'medium' else 'small' end,
                'enterprise'
            ][version] as company_size,
            terms as payment_terms_days,
            [date '2020-01-01', date '2025-01-01'][version] as valid_from
        from client, range(1, 3) as versions(version)
        where version = 1 or chance(client_number, 'grown') < 0.03
        order by client_id, valid_from
    """,
    "credit_limits": """
        select
            client_id,
            [date '2024-01-01', date '2025-10-01'][version] as valid_from,
            (limit_invoices * version * amount * size)::decimal(18, 2)
                as credit_limit_amount
        from client, range(1, 3) as versions(version)
        where version = 1 or chance(client_number, 'raised') < 0.2
        order by client_id, valid_from
    """,
    "invoices": """
        select invoice_id, client_id, invoice_date, due_date,
            invoice_amount as amount
        from invoice
    """,
    # last what clients paid without saying for what
    "payments": """
        with entries as (
            select invoice_id, client_id, unnest([
                {part: 1, kind: 'cash', day: paid_date, amount: part_amount},
                {
                    part: 2,
                    kind: case when is_stuck then 'write_off' else 'cash' end,
                    day: case when not is_stuck or is_lost then closed_date end,
                    amount: rest_amount
                },
                {
                    part: 3, kind: 'credit_note', day: invoice_date + 10,
                    amount: credited_amount
                }
            ]) as entry
            from invoice
            union all
            select null, client_id, {
                part: client_number, kind: 'cash',
                day: date '2024-06-01' + (client_number % 500)::int,
                amount: (amount * size)::decimal(18, 2)
            }
            from client
            where chance(client_number, 'unapplied') < 0.05
        )
        select
            'PAY' || coalesce(substr(invoice_id, 4), '-U') || '-' || entry.part
                as payment_id,
            client_id,
            invoice_id,
            entry.day as payment_date,
            entry.amount as amount,
            entry.kind as kind
        from entries
        where entry.amount > 0 and entry.day <= date '{last_day}'
    """,
    "reminders": """
        with sent as (
            select *, unnest([1, 2, 3]) as level,
                due_date + [7, 21, 45][level] as reminder_date,
                reminder_date + 1 + (9 * chance(number, 'answer' || level))::int
                    as answer_date
            from invoice
            where closed_date is null or closed_date > due_date + 7
        )
        select 'REM' || substr(invoice_id, 4) || '-' || level as reminder_id,
            client_id, invoice_id, reminder_date, level,
            ['email', 'phone', 'letter'][level] as channel,
            case
                when chance(number, 'reply' || level) < reply_share
                    and answer_date <= date '{last_day}' then answer_date
            end as response_date
        from sent
        where reminder_date <= date '{last_day}'
            and (closed_date is null or closed_date > reminder_date)
    """,
    "extension_requests": """
        select 'EXT' || substr(invoice_id, 4) as request_id,
            client_id, due_date + 2 as request_date, invoice_id,
            request_date + 5 + (25 * chance(number, 'promise'))::int
                as promised_date,
            case when chance(number, 'said') < 0.8 then rest_amount end
                as promised_amount
        from invoice
        where chance(number, 'request') < 2 * request_share
            and (closed_date is null or closed_date > due_date + 2)
            and due_date + 2 <= date '{last_day}'
    """,
    "disputes": """
        select 'DSP' || substr(invoice_id, 4) as dispute_id,
            invoice_id, invoice_date + 5 as opened_date,
            case when opened_date + 30 <= date '{last_day}' then opened_date + 30 end
                as closed_date,
            ['pricing', 'quantity', 'delivery'][
                1 + floor(3 * chance(number, 'reason'))::int
            ] as reason
        from invoice
        where chance(number, 'dispute') < dispute_share
            and invoice_date + 5 <= date '{last_day}'
    """,
}


def generate(folder: Path, invoices: int, clients: int, last_day=LAST_DAY) -> None:
    """Write the tables of a ledger of so many invoices and clients."""
    folder.mkdir(parents=True, exist_ok=True)
    size = {"invoices": invoices, "clients": clients, "last_day": last_day}
    with duckdb.connect() as connection:
        connection.sql(CHANCE)
        connection.sql(CLIENTS.format(**size))
        connection.sql(INVOICES.format(**size))
        for name, query in TABLES.items():
            query = query.replace("{last_day}", last_day)
            connection.sql(f"copy ({query}) to '{folder / name}.parquet'")


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
