{# How each engine finds and reads the files of a ledger. #}


{# The files that a pattern such as exports/invoices_*.csv means, in the order
   of their names: what to call each, and where the engine finds it. #}

{% macro files_matching(pattern) %}
    {{ return(adapter.dispatch('files_matching')(pattern)) }}
{% endmacro %}

{% macro default__files_matching(pattern) %}
    {% set query %}
        select file from glob('{{ pattern.replace("'", "''") }}')
        order by file
    {% endset %}
    {% set found = {} %}
    {% for path in run_query(query).columns[0].values() %}
        {% do found.update({path: path}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# Spark lists a folder as a table of files; their contents are not read. #}

{% macro spark__files_matching(pattern) %}
    {% set folder, name = pattern.rsplit('/', 1) %}
    {% set wanted = modules.re.escape(name).replace('\\*', '.*') %}
    {% set query %}
        select path from binaryFile.`{{ folder }}` order by path
    {% endset %}
    {% set found = {} %}
    {% for path in run_query(query).columns[0].values() %}
        {% set file = path.rsplit('/', 1)[1] %}
        {% if modules.re.fullmatch(wanted, file) %}
            {% do found.update(
                {(path if '*' in folder else folder ~ '/' ~ file): path}
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{# Bytes of a file; they are counted, not read. #}

{% macro file_size(path) %}
    {{ return(adapter.dispatch('file_size')(path)) }}
{% endmacro %}

{% macro default__file_size(path) %}
    {% set query %}
        select size from read_blob('{{ path.replace("'", "''") }}')
    {% endset %}
    {{ return(run_query(query).rows[0][0] | int) }}
{% endmacro %}

{% macro spark__file_size(path) %}
    {{ return(run_query(
        'select length from binaryFile.`' ~ path ~ '`'
    ).rows[0][0] | int) }}
{% endmacro %}


{# The SHA-256 of a file's bytes, as sha256sum prints it. Both engines hold the
   bytes in memory, DuckDB twice. #}

{% macro file_hash(path) %}
    {{ return(adapter.dispatch('file_hash')(path)) }}
{% endmacro %}

{% macro default__file_hash(path) %}
    {% set query %}
        select sha256(content) from read_blob('{{ path.replace("'", "''") }}')
    {% endset %}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}

{% macro spark__file_hash(path) %}
    {{ return(run_query(
        'select sha2(content, 256) from binaryFile.`' ~ path ~ '`'
    ).rows[0][0]) }}
{% endmacro %}


{# A file as a relation whose CSV columns are all text. #}

{% macro ledger_file_relation(table, path, mapping) %}
    {{ return(adapter.dispatch('ledger_file_relation')(table, path, mapping)) }}
{% endmacro %}

{# Nothing is left to DuckDB's sniffer: it would take a line that begins with #
   for a comment, or a later header for the first. A short row is padded with
   nulls, for staging to judge, which DuckDB does beside quoted line breaks only
   where it reads a file in one piece. #}

{% macro default__ledger_file_relation(table, path, mapping) %}
    {% set file = "'" ~ path.replace("'", "''") ~ "'" %}
    {% if path.endswith('.parquet') %}
        {{ return('read_parquet(' ~ file ~ ', hive_partitioning = false)') }}
    {% endif %}
    {% set delimiter = mapping.get('delimiter', ',') %}
    {% set encoding = mapping.get('encoding', 'utf-8') %}
    {% set csv = 'read_csv(' ~ file ~ ", auto_detect = false, skip = 0, "
        ~ "hive_partitioning = false, "
        ~ "comment = '', parallel = false, encoding = '" ~ encoding ~ "'" %}
    {# not strict, for inside quotes a line may break in another way #}
    {% set query %}
        select line from {{ csv }}, header = false, delim = '\x01', quote = '',
            escape = '', strict_mode = false, ignore_errors = true,
            columns = {'line': 'varchar'}
        ) limit 1
    {% endset %}
    {% set lines = run_query(query).columns[0].values() %}
    {% set line = ((lines | first) or '').lstrip('\ufeff') %}
    {% if not line | trim %}
        {{ ledger_fault(
            table, 'file ' ~ path
            ~ (' begins with an empty line' if lines else ' is empty')
        ) }}
    {% endif %}
    {% if '\x00' in line %}
        {{ ledger_fault(
            table, 'file ' ~ path ~ ' is not ' ~ encoding
            ~ '; give its encoding in the mapping'
        ) }}
    {% endif %}
    {% set columns = [] %}
    {% for name in header_names(line, delimiter) %}
        {% do columns.append("'" ~ name.replace("'", "''") ~ "': 'varchar'") %}
    {% endfor %}
    {% set csv = csv ~ ", delim = '" ~ delimiter ~ "', quote = '\"', "
        ~ "escape = '\"', null_padding = true, "
        ~ 'columns = {' ~ columns | join(', ') ~ '}' %}
    {% do stop_at_unreadable_row(table, path, csv, encoding) %}
    {{ return(csv ~ ', header = true)') }}
{% endmacro %}

{# The names in a CSV file's first line, as Spark makes them: one without a
   name, or named as another, is known by its place, from 0. A quoted one may
   hold the delimiter. #}

{% macro header_names(line, delimiter) %}
    {% set outside_quotes = '(?=(?:[^"]*"[^"]*")*[^"]*$)' %}
    {% set names = [] %}
    {% for cell in modules.re.split(
        modules.re.escape(delimiter) ~ outside_quotes, line
    ) %}
        {% do names.append(cell.strip().strip('"').replace('""', '"')) %}
    {% endfor %}
    {% set lower_names = names | map('lower') | list %}
    {% set distinct_names = [] %}
    {% for name in names %}
        {% set is_shared = lower_names.count(name | lower) > 1 %}
        {% do distinct_names.append(
            (name or '_c') ~ (loop.index0 if is_shared or not name else '')
        ) %}
    {% endfor %}
    {{ return(distinct_names) }}
{% endmacro %}

{# Reads every value of a CSV file, header included, and names the first line
   that DuckDB rejects. Without this a model would meet that line, in the middle
   of the build, or none would where it needs few columns. A quote that is never
   closed swallows the rest of the file; in one piece DuckDB drops that rest
   without a word, unless it is not strict. #}

{% macro stop_at_unreadable_row(table, path, csv, encoding) %}
    {% set counts = [] %}
    {% for is_strict in [true, false] %}
        {% set query %}
            select count(*), count(columns(*))
            from {{ csv }}, header = false, strict_mode = {{ is_strict }},
                store_rejects = true, rejects_limit = 100
            )
        {% endset %}
        {% do counts.append(run_query(query).rows[0].values()) %}
    {% endfor %}
    {% set query %}
        select line, error_type from reject_errors
        order by line, error_type limit 1
    {% endset %}
    {% for line, error in run_query(query).rows %}
        {% set faults = {
            'INVALID ENCODING': 'is not ' ~ encoding
                ~ '; give its encoding in the mapping',
            'TOO MANY COLUMNS': 'is longer than the header; quote what holds a '
                ~ 'delimiter, or correct delimiter in the mapping',
            'UNQUOTED VALUE': 'has a stray quote; double a quote that is meant',
        } %}
        {{ ledger_fault(
            table, 'line ' ~ line ~ ' of file ' ~ path ~ ' '
            ~ faults.get(error, 'cannot be read: ' ~ error | lower)
        ) }}
    {% endfor %}
    {% if counts[0] != counts[1] %}
        {{ ledger_fault(
            table, 'row ' ~ (counts[1][0] - 1) ~ ' of file ' ~ path
            ~ ' opens a quote that is never closed'
        ) }}
    {% endif %}
{% endmacro %}

{# Spark takes a CSV file's options only on a table that names the file. #}

{% macro spark__ledger_file_relation(table, path, mapping) %}
    {% if path.endswith('.parquet') %}
        {{ return('parquet.`' ~ path ~ '`') }}
    {% endif %}
    {% set relation = 'ledger_files.' ~ table.name ~ '_' ~ local_md5(path) %}
    {% do run_query('create schema if not exists ledger_files') %}
    {% do run_query('drop table if exists ' ~ relation) %}
    {% set query %}
        create table {{ relation }} using csv options (
            path '{{ path.replace("'", "\\\\'") }}',
            header 'true',
            multiLine 'true',
            quote '"',
            escape '"',
            delimiter '{{ mapping.get("delimiter", ",") }}',
            encoding '{{ mapping.get("encoding", "utf-8").replace(
                "latin-1", "iso-8859-1"
            ) }}'
        )
    {% endset %}
    {% do run_query(query) %}
    {{ return(relation) }}
{% endmacro %}


{# The place of a row in the file it is read from, from 1. #}

{% macro row_number_in(path) %}
    {{ return(adapter.dispatch('row_number_in')(path)) }}
{% endmacro %}

{# Parquet knows; to count the rows, DuckDB reads with one thread. #}

{% macro default__row_number_in(path) %}
    {% if path.endswith('.parquet') %}
        {{ return('file_row_number + 1') }}
    {% endif %}
    {{ return('row_number() over ()') }}
{% endmacro %}

{# A CSV file is read whole by one task, so that its rows are counted from 0. #}

{% macro spark__row_number_in(path) %}
    {% if path.endswith('.parquet') %}
        {{ return('_metadata.row_index + 1') }}
    {% endif %}
    {{ return('monotonically_increasing_id() + 1') }}
{% endmacro %}


{# Text in a strptime format (%d/%m/%Y) as ISO text; other text unchanged. #}

{% macro iso_date_text(text, date_format) %}
    {{ return(adapter.dispatch('iso_date_text')(text, date_format)) }}
{% endmacro %}

{% macro default__iso_date_text(text, date_format) %}
    {{ return(
        "coalesce(strftime(try_strptime(" ~ read_text(text) ~ ", '"
        ~ date_format ~ "'), '%Y-%m-%d'), " ~ text ~ ")"
    ) }}
{% endmacro %}

{# Java's letters: single ones read one or two digits, which they may only where
   something stands between the fields; other text is quoted. #}

{% macro spark__iso_date_text(text, date_format) %}
    {% set letters = {
        'd': 'd', 'm': 'M', 'Y': 'yyyy', 'b': 'MMM', 'B': 'MMMM', 'H': 'H',
        'M': 'm', 'S': 's'
    } %}
    {% set times = 2 if modules.re.search('%[a-zA-Z]%', date_format) else 1 %}
    {% set parts = [] %}
    {% for part in modules.re.findall('%[a-zA-Z]|[^%]+', date_format) %}
        {% if not part.startswith('%') %}
            {% do parts.append("''" ~ part ~ "''") %}
        {% elif letters[part[1]] | length == 1 %}
            {% do parts.append(letters[part[1]] * times) %}
        {% else %}
            {% do parts.append(letters[part[1]]) %}
        {% endif %}
    {% endfor %}
    {{ return(
        "coalesce(date_format(try_to_timestamp(" ~ read_text(text) ~ ", '"
        ~ parts | join ~ "'), 'yyyy-MM-dd'), " ~ text ~ ")"
    ) }}
{% endmacro %}


{# An amount written with a decimal comma (1.234,56) with a point. A text that
   is not written so becomes no number, and not null, which may mean all of it;
   what is a number already stays one. #}

{% macro decimal_comma_text(expression, text) %}
    {{ return(
        'case when lower(typeof(' ~ expression
        ~ ")) not in ('varchar', 'string') then " ~ text
        ~ ' when ' ~ matches(
            read_text(text),
            '^[-+]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$'
        ) ~ " then replace(replace(" ~ text ~ ", '.', ''), ',', '.')"
        ~ ' when ' ~ read_text(text)
        ~ " is not null then 'no decimal comma: ' || " ~ text ~ ' end'
    ) }}
{% endmacro %}
