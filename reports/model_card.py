"""Write the model card of the segmentation, from the tables of a built database.

    python reports/model_card.py DATABASE > docs/model_card.md

The text is model_card_template.md, the figures and the thresholds in it are read from
the database: the same one gives the same bytes.
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas as pd

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from segment_stability import markdown, quarter_pairs

TEMPLATE = Path(__file__).with_name("model_card_template.md")
STEADY = 0.8

IN_FORCE = """
    select
        models.* exclude (client_count, moved_share),
        models.client_count as fitted,
        quality.* exclude (
            model_version, algorithm, cluster_count, client_count, reason
        ),
        quality.silhouette - quality.null_silhouette as silhouette_gain
    from segments.segmentation_models as models
    join segments.segmentation_quality as quality
        on models.model_version = quality.model_version and quality.is_in_force
    where models.is_in_force
"""
COUNTS = """
    select
        count(*) as clients,
        count(*) filter (where assignment_method = 'model') as model,
        count(*) filter (where assignment_method = 'rule') as rule,
        count(*) filter (where assignment_method = 'override') as override,
        (select count(distinct (ledger_table, ledger_file, row_number))
            from audit.ledger_exceptions) as exceptions,
        avg(is_held::int) as held_now,
        avg(is_outlier::int) as outlier_now
    from segments.client_segments
"""
ASSOCIATIONS = """
    select coalesce(
        string_agg(
            format(
                '{} {} ({:.2f}, p {})',
                replace(attribute_name, '_', ' '),
                replace(association, '_', ' '),
                cramers_v,
                case
                    when p_value < 0.0005 then '< .001'
                    else format('{:.3f}', p_value)
                end
            ),
            ', ' order by attribute_name
        ),
        'neither is known here'
    ) as associations
    from segments.segment_associations
"""
MOVED = """
    select sum(client_count) filter (where is_move) / sum(client_count) as moved_now
    from segments.segment_transitions
    where
        from_segment_code <> 'new'
        and period_end_date = (
            select max(period_end_date) from segments.segment_transitions
        )
"""
VARS = "select vars from audit.run_manifest order by started_at desc limit 1"
SHAPE_NONE = "Industry and company size are compared with the segments, and shape none"
SHAPE_SOME = "Industry and company size shape the segments too"
LAST = """
    select status as status_now, moved_share as moved_share_now
    from segments.segmentation_models
    order by fit_date desc, version_number desc
    limit 1
"""
TABLES = {
    "features": """
        select
            feature,
            format('{{:g}}', weight) as weight,
            concat(meaning, if(is_logged, ', logarithm', '')) as meaning
        from reference.segmentation_features
        order by weight desc, feature
    """,
    "clusterings": """
        select
            algorithm, cluster_count as clusters, silhouette, smallest_share,
            format(
                '{{:.3f}} ({{:.3f}} to {{:.3f}})',
                bootstrap_ari, bootstrap_ari_low, bootstrap_ari_high
            ) as ari,
            smallest_jaccard as jaccard, reason
        from segments.segmentation_quality
        where
            model_version = '{model_version}'
            and (
                algorithm in ('{algorithm}', 'dbscan')
                or cluster_count = {cluster_count}
            )
        order by algorithm = 'dbscan', algorithm desc, cluster_count
    """,
    "versions": """
        select
            model_version as version, status, cluster_count as clusters,
            client_count as clients, moved_share, reason
        from segments.segmentation_models
        order by fit_date, version_number
    """,
    "segments": """
        select
            segment_code as segment, segment_name as name, cluster_count as clusters,
            client_count as clients, client_count / sum(client_count) over () as share,
            personas
        from segments.segments
        left join (
            select
                segment_code,
                string_agg(distinct persona, ', ' order by persona) as personas
            from segments.client_segments
            where assignment_method = 'model'
            group by segment_code
        ) using (segment_code)
        order by segment_code
    """,
}
PROFILES = """
    select
        features.label || case
            when unit = 'amount' then '' else ' (' || unit || ')'
        end as feature,
        unit, segment_code, median_value, portfolio_median_value, importance
    from segments.segment_profiles as profiles
    join reference.segmentation_features as features
        on profiles.feature = features.feature
    order by importance desc nulls last, features.feature, segment_code
"""


def facts_of(connection, sql: str) -> dict:
    """The first row of a query, by column."""
    rows = connection.sql(sql)
    return dict(zip(rows.columns, rows.fetchone(), strict=True))


def text(value) -> str:
    """A fact as the card has it; fractions with three digits."""
    if value is None:
        return "-"
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


def profiles_of(rows: pd.DataFrame) -> str:
    """Medians by feature and segment as a table, from rows of PROFILES."""

    def measured(value, unit):
        digits = {"days": 1, "share": 2, "amount": 0}[unit]
        return "-" if pd.isna(value) else f"{value:,.{digits}f}"

    table = []
    for feature, segments in rows.groupby("feature", sort=False):
        first = segments.iloc[0]
        medians = segments.set_index("segment_code")["median_value"]
        row = {code: measured(medians[code], first["unit"]) for code in medians.index}
        row["all clients"] = measured(first["portfolio_median_value"], first["unit"])
        table.append({"feature": feature, **row, "importance": first["importance"]})
    return markdown(pd.DataFrame(table))


def findings_of(connection, model: dict) -> str:
    """What this very build shows to be weak, as a list."""
    empty = connection.sql(
        "select segment_code from segments.segments where cluster_count = 0 order by 1"
    ).fetchall()
    lines = []
    if empty:
        codes = " or ".join(code for (code,) in empty)
        lines.append(f"- No cluster here is named {codes}: only rules lead there.")
    low = model["bootstrap_ari_low"]
    if low is not None and low < STEADY:
        lines.append(
            "- One draw of clients in twenty agrees with the model here to "
            f"{text(low)} or less: its borders are not sharp."
        )
    return "".join(f"{line}\n" for line in lines)


def card(connection) -> str:
    """The model card in Markdown, from a connection to a built database."""
    model = facts_of(connection, IN_FORCE)
    facts = dict(model)
    for sql in (COUNTS, ASSOCIATIONS, MOVED, LAST):
        facts |= facts_of(connection, sql)
    tables = {
        name: markdown(connection.sql(sql.format(**model)).df())
        for name, sql in TABLES.items()
    } | {
        "profiles": profiles_of(connection.sql(PROFILES).df()),
        "stability": markdown(quarter_pairs(connection)),
        "findings": findings_of(connection, model),
    }
    settings = json.loads(facts_of(connection, VARS)["vars"])
    is_shaped = settings["segmentation_with_attributes"]
    tables["attributes"] = SHAPE_SOME if is_shaped else SHAPE_NONE
    facts = {name: text(value) for name, value in facts.items()}
    return TEMPLATE.read_text().format(**(settings | facts | tables))


def main(database: str) -> None:
    """Print the card of a built database."""
    with duckdb.connect(database, read_only=True) as connection:
        if not connection.sql(IN_FORCE).fetchone():
            sys.exit(f"{database} has no model version: too few known outcomes.")
        print(card(connection), end="")


if __name__ == "__main__":
    main(sys.argv[1])
