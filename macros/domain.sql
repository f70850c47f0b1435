{# Words of the domain that DuckDB and Spark spell differently, or that would
   be said in many places. Each gives the same answer on both engines. #}


{# The day the ledger is read as the user set it, or a null date: then
   as_of_dates takes the last day the ledger saw. #}

{% macro as_of_date() -%}
    cast(nullif('{{ var("as_of_date") }}', '') as date)
{%- endmacro %}


{# The currency of every amount that does not say otherwise, as text. #}

{% macro reporting_currency() -%}
    '{{ var("reporting_currency") | upper }}'
{%- endmacro %}


{# Any text, or a number or a date, as a literal of the engine; none is null. #}

{% macro text_literal(value) -%}
    {{ 'null' if value is none else adapter.dispatch('text_literal')(value) }}
{%- endmacro %}

{% macro default__text_literal(value) -%}
    '{{ value | string | replace("'", "''") }}'
{%- endmacro %}

{# A backslash begins an escape. #}

{% macro spark__text_literal(value) -%}
    '{{ (value | string).replace("\\", "\\\\").replace("'", "\\'") }}'
{%- endmacro %}


{# Whole days from one date to a later one; negative when it is earlier. #}

{% macro days_between(first_date, last_date) -%}
    {{ adapter.dispatch('days_between')(first_date, last_date) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    cast(date_diff('day', {{ first_date }}, {{ last_date }}) as int)
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}


{# An amount times a part over its whole, both of one sign, to the cent; half
   a cent goes away from zero. In whole numbers, for of a double each engine
   rounds the half cent in its own way. #}

{% macro share_of(amount, part, whole) -%}
    cast(
        case when {{ amount }} < 0 then -0.01 else 0.01 end
        * cast({{ whole_quotient(
            '2 * ' ~ cents(amount) ~ ' * ' ~ cents(part) ~ ' + ' ~ cents(whole),
            '2 * ' ~ cents(whole)
        ) }} as decimal(18, 0)) as decimal(18, 2)
    )
{%- endmacro %}

{% macro cents(amount) -%}
    cast(abs(cast({{ amount }} as decimal(20, 2))) * 100 as decimal(19, 0))
{%- endmacro %}

{% macro whole_quotient(dividend, divisor) -%}
    {{ adapter.dispatch('whole_quotient')(dividend, divisor) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    cast({{ dividend }} as hugeint) // cast({{ divisor }} as hugeint)
{%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%}
    ({{ dividend }}) div ({{ divisor }})
{%- endmacro %}


{# To a date: what is a date already, or ISO text, with or without a time behind
   it. Anything else is null, so that both engines refuse the same texts; so is
   a day before year 1 or after 9999, which text cannot say, infinity among
   them. Engines alone would read 2024-04-1O as the first of April, or not at
   all. #}

{% macro read_date(column) -%}
    case
        when lower(typeof({{ column }})) = 'date'
            then case
                when
                    try_cast({{ column }} as date)
                    between cast('0001-01-01' as date)
                    and cast('9999-12-31' as date)
                    then try_cast({{ column }} as date)
            end
        when {{ matches(
            read_text(column), '^[0-9]{4}-[0-9]{2}-[0-9]{2}'
        ) }}
            and (
                length({{ read_text(column) }}) = 10
                or substr({{ read_text(column) }}, 11, 1) in (' ', 'T')
            )
            then try_cast(substr({{ read_text(column) }}, 1, 10) as date)
    end
{%- endmacro %}


{# To a timestamp: what is one already, or ISO text, by the clock of whoever
   wrote it: fractions of a second and a time zone are left aside, for engines
   read them each in its own way. #}

{% macro read_timestamp(column) -%}
    {%- set day = '^[0-9]{4}-[0-9]{2}-[0-9]{2}' -%}
    {%- set minute = day ~ '[ T]([01][0-9]|2[0-3]):[0-5][0-9]' -%}
    {%- set text = read_text(column) -%}
    case
        when lower(typeof({{ column }})) like 'timestamp%'
            then try_cast({{ column }} as timestamp)
        when {{ matches(text, minute ~ ':[0-5][0-9]') }}
            then try_cast(substr({{ text }}, 1, 19) as timestamp)
        when {{ matches(text, minute ~ '([^:]|$)') }}
            then try_cast(substr({{ text }}, 1, 16) as timestamp)
        when {{ matches(text, day ~ '$') }}
            then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}


{# Whether anything but blanks is there, be it a date already or a text. #}

{% macro is_stated(column) -%}
    case
        when lower(typeof({{ column }})) = 'date' then {{ column }} is not null
        else {{ read_text(column) }} is not null
    end
{%- endmacro %}


{# Text to a yes or a no, or null where it is neither. #}

{% macro read_flag(column) -%}
    case
        when
            lower({{ read_text(column) }})
            in ('true', 't', 'yes', 'y', '1', 'x')
            then true
        when lower({{ read_text(column) }}) in ('false', 'f', 'no', 'n', '0')
            then false
    end
{%- endmacro %}


{# Text without blanks around it: spaces, tabs, no-break and ideographic spaces,
   named because the engines' own lists differ. Nothing but blanks is null. Most
   ids have none, which is seen five times faster than they are trimmed. #}

{% macro read_text(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    nullif(
        case
            when
                {%- for blank in [' ', '\t', '\u00a0', '\u3000'] %}
                {{ 'or ' if not loop.first }}contains({{ text }}, '{{ blank }}')
                {%- endfor %}
                then trim(both ' {{ "\t\u00a0\u3000" }}' from {{ text }})
            else {{ text }}
        end,
        ''
    )
{%- endmacro %}


{# To an amount: what is a decimal of that scale already, or a text written as a
   plain number. Anything else is null: each engine reads other texts besides
   (1_000, 1e5), and not the same ones. #}

{% macro read_amount(column, type='decimal(18, 2)') -%}
    case
        when lower(typeof({{ column }}))
            like 'decimal(%,{{ type.split(",")[1] | trim }}'
            then try_cast({{ column }} as {{ type }})
        when {{ matches(
            read_text(column), '^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)$'
        ) }}
            then try_cast({{ read_text(column) }} as {{ type }})
    end
{%- endmacro %}


{# Text to a whole number, or null where it is not one. #}

{% macro read_whole_number(column) -%}
    case
        when {{ matches(read_text(column), '^[-+]?[0-9]+([.]0*)?$') }}
            then try_cast(try_cast(
                {{ read_text(column) }} as decimal(18, 0)
            ) as int)
    end
{%- endmacro %}


{# True where text matches a pattern; a $ at its end is the end of the text.
   That of Spark lets a line break stand behind it. #}

{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches')(text, pattern) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    {{ text }} rlike '{{
        pattern[:-1] ~ "\\\\z" if pattern.endswith("$") else pattern
    }}'
{%- endmacro %}


{# True where a row counts under the clock in force: what was posted counts from
   its own date; what was known, once it was recorded by the as-of date, or
   when the ledger does not say when that was. #}

{% macro is_on_record(recorded_at) -%}
    coalesce(
        '{{ var("clock") }}' = 'posted'
        or cast({{ recorded_at }} as date) <= {{ as_of_date() }},
        true
    )
{%- endmacro %}


{# An amount at a rate, in the reporting currency. Nothing is multiplied where
   there is nothing to convert: of wide decimals that is slow. #}

{% macro in_reporting_currency(amount, exchange_rate) -%}
    case
        when {{ exchange_rate }} = 1 then cast({{ amount }} as decimal(18, 2))
        else cast(
            round({{ amount }} * {{ exchange_rate }}, 2) as decimal(18, 2)
        )
    end
{%- endmacro %}


{# Whether an invoice of which so much is not yet settled counts as settled: an
   amount within tolerance, or below it. A credit note never does. #}

{% macro is_settled(unsettled_amount) -%}
    (is_invoice and {{ unsettled_amount }} <= tolerance_amount)
{%- endmacro %}


{# Whether more than the tolerance is open of a document: of a credit note, on
   either side of zero. #}

{% macro has_open_amount(open_amount) -%}
    case
        when is_invoice then {{ open_amount }}
        else abs({{ open_amount }})
    end > tolerance_amount
{%- endmacro %}


{# Whether nothing is left to collect of an invoice, or to use of a credit note:
   it is settled, or nothing is open, by a write-off too. #}

{% macro is_cleared(unsettled_amount, open_amount) -%}
    (
        {{ is_settled(unsettled_amount) }}
        or not {{ has_open_amount(open_amount) }}
    )
{%- endmacro %}


{# Whether days lie within an ageing bucket. Joined on the bare range, DuckDB
   sorts all rows to merge them with a handful of buckets, unless the profile
   tells it not to; on its truth, it tries each. #}

{% macro is_in_bucket(days, buckets) -%}
    (
        {{ days }} between {{ buckets }}.min_days and {{ buckets }}.max_days
    ) is true
{%- endmacro %}


{# True where a window begins and ends within the days of a path; see
   int_invoice_paths. #}

{% macro is_path_of_window(paths, windows) -%}
    {{ paths }}.begin_from_date <= {{ windows }}.begin_date
    and {{ paths }}.begin_until_date > {{ windows }}.begin_date
    and {{ paths }}.end_from_date <= {{ windows }}.end_date
    and {{ paths }}.end_until_date > {{ windows }}.end_date
{%- endmacro %}


{# The median of a group where a row stands for several equal values:
   count_so_far of them up to its own, count_in_all in the group. The mean of
   the two in the middle. #}

{% macro counted_median(value, count_so_far, count_in_all) -%}
    (
        min(case when 2 * {{ count_so_far }} >= {{ count_in_all }}
            then {{ value }} end)
        + min(case when 2 * {{ count_so_far }} > {{ count_in_all }}
            then {{ value }} end)
    ) / 2e0
{%- endmacro %}


{# A client's mean of a measure, drawn towards that of its peers, which counts
   as much as so many invoices; theirs alone where it has no outcomes. In
   ftr_client_shrunk, of clients matched with priors. #}

{% macro drawn_towards_peers(total, measure) -%}
    coalesce(
        (
            cast(matched.{{ total }} as double)
            + priors.{{ measure }}_strength * priors.{{ measure }}
        )
        / nullif(
            matched.known_outcome_count + priors.{{ measure }}_strength, 0e0
        ),
        priors.{{ measure }}
    )
{%- endmacro %}


{# Every whole number from the first to the last, as an expression of the select
   list: one row a number. A range of days so spread is joined by equality,
   where rows are many; see is_in_bucket. #}

{% macro every_number(first_number, last_number) -%}
    {{ adapter.dispatch('every_number')(first_number, last_number) }}
{%- endmacro %}

{% macro default__every_number(first_number, last_number) -%}
    unnest(generate_series({{ first_number }}, {{ last_number }}))
{%- endmacro %}

{% macro spark__every_number(first_number, last_number) -%}
    explode(sequence({{ first_number }}, {{ last_number }}))
{%- endmacro %}


{# True where a date is given but cannot be meant: see first_plausible_date. #}

{% macro is_implausible(date_column) -%}
    {{ date_column }} not between
    cast('{{ var("first_plausible_date") }}' as date)
    and cast('{{ var("last_plausible_date") }}' as date)
{%- endmacro %}


{# Every day from the first date to the last, as an expression of the select
   list: one row a day. #}

{% macro every_day(first_date, last_date) -%}
    {{ adapter.dispatch('every_day')(first_date, last_date) }}
{%- endmacro %}

{% macro default__every_day(first_date, last_date) -%}
    cast(unnest(generate_series(
        {{ first_date }}, {{ last_date }}, interval '1' day
    )) as date)
{%- endmacro %}

{% macro spark__every_day(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval '1' day))
{%- endmacro %}


{# All columns of the one relation a select reads, but some. #}

{% macro all_but(columns) -%}
    * {{ adapter.dispatch('exclude_word')() }} ({{ columns | join(', ') }})
{%- endmacro %}

{% macro default__exclude_word() %}exclude{% endmacro %}

{% macro spark__exclude_word() %}except{% endmacro %}


{# An amount as people write it: 12,400.00. #}

{% macro written_amount(amount) -%}
    {{ adapter.dispatch('written_amount')(amount) }}
{%- endmacro %}

{% macro default__written_amount(amount) -%}
    format('{:,.2f}', cast({{ amount }} as double))
{%- endmacro %}

{% macro spark__written_amount(amount) -%}
    format_number({{ amount }}, 2)
{%- endmacro %}
