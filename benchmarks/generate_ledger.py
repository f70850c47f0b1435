"""Write a ledger of any size as Parquet files, the same bytes every time.

    python benchmarks/generate_ledger.py folder invoices clients

Clients pay as the sample ledger's personas do: most promptly, some late now and
then, some always late, a few large ones late and in parts. Everything follows
from hashes of the ids; DuckDB does the work, so that 100 million invoices need
disk, not memory. Invoices of 2024 and 2025, in euros.
"""

import sys
from pathlib import Path

import duckdb

# share of clients up to here, share late, mean days late when late, early days,
# typical amount, share paid in two parts
PERSONAS = """
    (1, 0.46, 0.06,  8, 3,   900, 0.00),
    (2, 0.74, 0.40, 28, 2,   350, 0.04),
    (3, 0.92, 0.92, 48, 1,   250, 0.15),
    (4, 1.00, 0.66, 38, 2, 12000, 0.25)
"""

# a number from 0 to 1 that depends on an id and a purpose alone
CHANCE = "create macro chance(id, purpose) as hash(id, purpose) % 1000003 / 1000003.0"

CLIENTS = f"""
    create table client as
    select numbered.*, persona.*
    from (
        select
            number as client_number,
            'C' || lpad(number::varchar, 7, '0') as client_id,
            chance(number, 'persona') as draw,
            [14, 30, 30, 45, 60][1 + (hash(number, 'terms') % 5)::int] as terms,
            exp(1.2 * (chance(number, 'size') - 0.5)) as size
        from range({{clients}}) as numbers(number)
    ) as numbered
    asof join (
        select *, lag(up_to, 1, 0) over (order by code) as from_draw
        from (values {PERSONAS}) as t(
            code, up_to, late_share, late_days, early_days, amount, parts_share
        )
    ) as persona
        on numbered.draw >= persona.from_draw
"""

INVOICES = """
    create view invoice as
    select
        'INV-' || lpad(number::varchar, 9, '0') as invoice_id,
        client.*,
        date '2024-01-01' + (chance(number, 'day') * 731)::int % 731 as invoice_date,
        invoice_date + client.terms as due_date,
        greatest(
            5, client.amount * client.size * exp(2 * (chance(number, 'amount') - 0.5))
        )::decimal(18, 2) as invoice_amount,
        due_date + case
            when chance(number, 'late') < client.late_share
                then ceil(-ln(1 - 0.999 * chance(number, 'days')) * client.late_days)
            else -floor(chance(number, 'early') * (client.early_days + 1))
        end::int as paid_date,
        chance(number, 'parts') < client.parts_share as is_in_parts
    from range({invoices}) as numbers(number)
    inner join client
        on client.client_number = (
            pow(chance(number, 'client'), 1.3) * {clients}
        )::bigint % {clients}
"""

TABLES = {
    "clients": """
        select
            client_id,
            'Client ' || client_number as client_name,
            case code when 4 then 'large' when 1 then 'medium' else 'small' end
                as company_size,
            terms as payment_terms_days
        from client
        order by client_id
    """,
    "invoices": """
        select invoice_id, client_id, invoice_date, due_date,
            invoice_amount as amount
        from invoice
    """,
    "payments": """
        with parts as (
            select *, 1 as part, (invoice_amount / 2)::decimal(18, 2) as paid
            from invoice where is_in_parts
            union all
            select *, 2, invoice_amount - (invoice_amount / 2)::decimal(18, 2)
            from invoice where is_in_parts
            union all
            select *, 1, invoice_amount from invoice where not is_in_parts
        )
        select
            'PAY' || substr(invoice_id, 4) || '-' || part as payment_id,
            client_id,
            invoice_id,
            greatest(invoice_date, paid_date) + 20 * (part - 1) as payment_date,
            paid as amount
        from parts
        where greatest(invoice_date, paid_date) + 20 * (part - 1)
            <= date '2025-12-31'
    """,
    "credit_limits": """
        select
            client_id,
            date '2024-01-01' as valid_from,
            (12 * amount * size)::decimal(18, 2) as credit_limit_amount
        from client
        order by client_id
    """,
}


def generate(folder: Path, invoices: int, clients: int) -> None:
    """Write the tables of a ledger of so many invoices and clients."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.sql(CHANCE)
        connection.sql(CLIENTS.format(clients=clients))
        connection.sql(INVOICES.format(invoices=invoices, clients=clients))
        for name, query in TABLES.items():
            connection.sql(f"copy ({query}) to '{folder / name}.parquet'")


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
