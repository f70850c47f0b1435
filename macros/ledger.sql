{# The way in. Before the first model runs, open_ledger() lays one view a
   contract table into the schema `ledger`, with the contract's columns as text
   and, on every row, where it came from:

     ledger_file         the file, as the ledger's folder names it
     ledger_row_number   the row's place in that file, from 1, without header
     ledger_values       the row as it was read, before any mapping

   A table the ledger does not have becomes an empty view, and ledger_columns
   says so; ledger_inputs holds what the record of the build will say of the
   files. Staging is the only reader. Mapping is described in
   docs/your_ledger.md; a file that cannot be read stops the build here. #}

{% macro open_ledger() %}
    {% if execute and flags.WHICH in ['build', 'run', 'retry'] %}
        {% do check_vars() %}
        {% do check_mappings() %}
        {% do run_query('create schema if not exists ledger') %}
        {% set provided = [] %}
        {% set inputs = [] %}
        {% for table in ledger_contract() %}
            {% do provided.extend(open_ledger_table(table, inputs)) %}
        {% endfor %}
        {% do run_query(
            'create or replace view ledger.ledger_columns as '
            ~ provided | join(' union all ')
        ) %}
        {% set rows = [] %}
        {% for table in ledger_contract() %}
            {% do rows.append(
                "select '" ~ table.name ~ "' as ledger_table, ledger_file, "
                ~ 'ledger_row_number, ledger_values from ledger.' ~ table.name
            ) %}
        {% endfor %}
        {% do run_query(
            'create or replace view ledger.ledger_rows as '
            ~ rows | join(' union all ')
        ) %}
        {% do run_query(
            'create or replace view ledger.ledger_inputs as select '
            ~ text_literal(tojson(inputs, sort_keys=true)) ~ ' as inputs'
        ) %}
    {% endif %}
{% endmacro %}


{# Vars are ours and mean something: by a slip in a name the sample ledger would
   be built, and by one in a value every figure would be wrong. #}

{% macro check_vars() %}
    {# another project that has this one as a package has vars of its own #}
    {% set names = graph.nodes['model.receivables.run_manifest'].config.meta.vars
    %}
    {% for name in invocation_args_dict.get('vars', {})
            if name not in names and project_name == 'receivables' %}
        {{ exceptions.raise_compiler_error(
            'There is no var ' ~ name ~ '; there are '
            ~ names | sort | join(', ') ~ '.'
        ) }}
    {% endfor %}
    {% do check_dates() %}
    {% do check_numbers() %}
    {% if not modules.re.match('^[A-Za-z]{3}$', var('reporting_currency') | string)
    %}
        {{ exceptions.raise_compiler_error(
            'reporting_currency is ' ~ var('reporting_currency')
            ~ '; it is a code of three letters, such as EUR.'
        ) }}
    {% endif %}
    {% for name, choices in {
        'clock': ['posted', 'known'],
        'segmentation_algorithm': ['kmeans', 'hierarchical', 'dbscan'],
        'segmentation_retrain': ['quarterly', 'forced', 'never']
    }.items() if var(name) not in choices %}
        {{ exceptions.raise_compiler_error(
            name ~ ' is ' ~ var(name) ~ '; it is '
            ~ choices[:-1] | join(', ') ~ ' or ' ~ choices[-1] ~ '.'
        ) }}
    {% endfor %}
    {% if var('clock') == 'known' and not var('as_of_date') %}
        {{ exceptions.raise_compiler_error(
            'clock: known needs an as_of_date: '
            ~ 'the day whose knowledge is asked.'
        ) }}
    {% endif %}
{% endmacro %}


{# A day that does not exist would be null on one engine and an error on the
   other. #}

{% macro check_dates() %}
    {% for name in [
        'as_of_date', 'first_plausible_date', 'last_plausible_date'
    ] if var(name) or name != 'as_of_date' %}
        {% set text = var(name) | string %}
        {% set date = modules.datetime.date %}
        {% set parts = modules.re.findall(
            '^([1-9][0-9]{3})-(0[1-9]|1[0-2])-([0-9]{2})$', text
        ) %}
        {% set year, month, day = (parts or [[1000, 1, 0]])[0] | map('int') %}
        {% set month_days = (
            date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)
        ).days %}
        {% if not 1 <= day <= month_days %}
            {{ exceptions.raise_compiler_error(
                name ~ ' is ' ~ text ~ '; write a day as YYYY-MM-DD.'
            ) }}
        {% endif %}
    {% endfor %}
    {% if var('as_of_date') and not var('first_plausible_date') | string
            <= var('as_of_date') | string <= var('last_plausible_date') | string
    %}
        {{ exceptions.raise_compiler_error(
            'as_of_date is ' ~ var('as_of_date') ~ ', outside '
            ~ 'first_plausible_date and last_plausible_date.'
        ) }}
    {% endif %}
{% endmacro %}


{# The least and the greatest that a number may be; none is without end. #}

{% macro check_numbers() %}
    {% for name, limits in {
        'max_quarantined_share': [0, 1],
        'settlement_tolerance_share': [0, 1],
        'settlement_tolerance_amount': [0, none],
        'prepayment_tolerance_days': [0, none],
        'reminder_response_days': [0, none],
        'promise_tolerance_share': [0, 1],
        'promise_grace_days': [0, none],
        'prior_strength_invoices': [0, none],
        'min_peer_clients': [0, none],
        'min_known_outcomes': [0, none],
        'history_months': [0, none],
        'recency_half_life_days': [1, none],
        'segmentation_min_share': [0, 1],
        'segmentation_min_jaccard': [0, 1],
        'segmentation_min_months': [0, none],
        'segmentation_max_moved_share': [0, 1],
        'segmentation_min_margin': [0, none],
        'segmentation_max_clients': [1, none],
        'transition_months': [1, none],
        'credit_loss_overlay': [-1, none],
        'risk_late_days': [1, none],
        'risk_max_invoices': [1, none]
    }.items() %}
        {% set value = var(name) %}
        {% if value is not number or value < limits[0]
                or (limits[1] is not none and value > limits[1]) %}
            {{ exceptions.raise_compiler_error(
                name ~ ' is ' ~ value ~ '; it is a number '
                ~ ('from ' ~ limits[0] ~ ' to ' ~ limits[1]
                    if limits[1] is not none else 'not below ' ~ limits[0])
                ~ '.'
            ) }}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# Mappings name tables, options and columns that there are: by a slip, a table
   or a column would be left out without a word. #}

{% macro check_mappings() %}
    {% set options = [
        'file', 'table', 'delimiter', 'encoding', 'decimal', 'date_format',
        'where', 'columns'
    ] %}
    {% set tables = ledger_contract() %}
    {% set names = tables | map(attribute='name') | list %}
    {% if var('ledger_tables') is not mapping %}
        {{ exceptions.raise_compiler_error(
            'ledger_tables is empty or no list of tables.'
        ) }}
    {% endif %}
    {% for name in var('ledger_tables') if name not in names %}
        {{ exceptions.raise_compiler_error(
            'ledger_tables has ' ~ name ~ '; the tables are '
            ~ names | join(', ') ~ '.'
        ) }}
    {% endfor %}
    {% for table in tables %}
        {% set told = var('ledger_tables').get(table.name, {}) %}
        {% if told is not mapping or told.get('columns', {}) is not mapping %}
            {{ ledger_fault(
                table, 'the mapping, or its columns, is empty or no list of '
                ~ 'names and values'
            ) }}
        {% endif %}
        {% for name in told if name not in options %}
            {{ ledger_fault(
                table, 'the mapping has ' ~ name ~ '; it may have '
                ~ options | join(', ')
            ) }}
        {% endfor %}
        {% for name in told.get('columns', {}) if name not in table.columns %}
            {{ ledger_fault(
                table, 'the mapping has a column ' ~ name ~ '; ours are '
                ~ table.columns | join(', ')
            ) }}
        {% endfor %}
        {% set values = told.items() | list
            + told.get('columns', {}).items() | list %}
        {% for name, value in values if value is none or value == '' %}
            {{ ledger_fault(table, name ~ ' of the mapping has no value') }}
        {% endfor %}
        {% if told.get('decimal', '.') not in [',', '.'] %}
            {{ ledger_fault(
                table, 'decimal of the mapping is ' ~ told.decimal
                ~ '; it is , or .'
            ) }}
        {% endif %}
        {% if told.get('file', []) is number %}
            {{ ledger_fault(table, 'file of the mapping is no text') }}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# The contract's tables, as models/staging/_ledger.yml declares them. #}

{% macro ledger_contract() %}
    {% set tables = [] %}
    {% for source in graph.sources.values() | sort(attribute='name') %}
        {% if source.source_name == 'ledger'
                and source.name not in ['ledger_columns', 'ledger_rows'] %}
            {% do tables.append(source) %}
        {% endif %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}


{# Lays the view of one table, and adds what it read to the inputs; returns, for
   ledger_columns, one select a column that says whether the ledger has it. #}

{% macro open_ledger_table(table, inputs) %}
    {% set mapping = var('ledger_tables').get(table.name, {}) %}
    {% set relations = ledger_relations(table, mapping) %}
    {% set header = [] %}
    {% for relation in relations %}
        {% do header.extend(relation.columns) %}
    {% endfor %}
    {% set header = header | unique | list %}
    {% set all_rows = ledger_union(relations, header) %}
    {% set expressions = {} %}
    {% set provided = [] %}
    {% for column in table.columns.values() %}
        {% set expression = ledger_expression(
            table, column, mapping, header, relations
        ) %}
        {% do expressions.update({column.name: expression or 'null'}) %}
        {% do provided.append(
            "select '" ~ table.name ~ "' as table_name, '" ~ column.name
            ~ "' as column_name, " ~ (expression is not none)
            ~ ' as is_provided'
        ) %}
    {% endfor %}
    {% do run_query(
        'create or replace view ledger.' ~ table.name ~ ' as select '
        ~ ledger_selection(table, expressions, all_rows)
        ~ ', ledger_file, ledger_row_number, ledger_values from (' ~ all_rows
        ~ ') as ledger_rows where ' ~ mapping.get('where', 'true')
    ) %}
    {% do inputs.extend(ledger_inputs(
        table, relations, all_rows if mapping.get('where')
    )) %}
    {{ return(provided) }}
{% endmacro %}


{# The select list of a table's columns: text, but a date or a decimal of the
   contract that the ledger has as one stays what it is. #}

{% macro ledger_selection(table, expressions, all_rows) %}
    {% set named = [] %}
    {% for name, expression in expressions.items() %}
        {% do named.append(expression ~ ' as ' ~ name) %}
    {% endfor %}
    {% set types = {} %}
    {% for column in get_column_schema_from_query(
        'select ' ~ named | join(', ')
        ~ ' from (' ~ all_rows ~ ') as ledger_rows'
    ) %}
        {% do types.update({column.name: column.dtype | lower}) %}
    {% endfor %}
    {% set selected = [] %}
    {% for name, expression in expressions.items() %}
        {% set wanted = table.columns[name].data_type %}
        {% if
            wanted in ['date', 'decimal']
            and types[name].startswith(wanted)
        %}
            {% do selected.append(expression ~ ' as ' ~ name) %}
        {% else %}
            {% set text = 'cast(' ~ expression ~ ' as string)' %}
            {% if wanted == 'decimal' and types[name] in ['double', 'float'] %}
                {% set text = plain_number_text(expression, text) %}
            {% endif %}
            {% do selected.append(text ~ ' as ' ~ name) %}
        {% endif %}
    {% endfor %}
    {{ return(selected | join(', ')) }}
{% endmacro %}

{# A float's text; written out where engines would write 3.65e-05 or 1.0E7. #}

{% macro plain_number_text(number, text) %}
    {{ return(
        "case when lower(" ~ text ~ ") like '%e%' and try_cast(" ~ number
        ~ " as decimal(38, 20)) is not null then cast(try_cast(" ~ number
        ~ " as decimal(38, 20)) as string) else " ~ text ~ " end"
    ) }}
{% endmacro %}


{# What was read for a table, for the record of the build: each file's hash, and
   the rows and the total of amounts without sign that staging will see, added
   up as stg_ledger__totals does, and the rows that the mapping's where leaves
   out of all_rows. #}

{% macro ledger_inputs(table, relations, all_rows) %}
    {% set amount = read_amount('amount') if table.columns.amount else 'null' %}
    {% set query %}
        select
            ledger_file,
            count(*) as row_count,
            cast(cast(
                sum(abs({{ amount }})) as decimal(28, 2)
            ) as string) as amount

        from ledger.{{ table.name }}

        group by 1
    {% endset %}
    {% set totals = {} %}
    {% for row in run_query(query).rows if relations %}
        {% do totals.update({row[0]: row}) %}
    {% endfor %}
    {% set counts = {} %}
    {% if all_rows %}
        {% set query %}
            select ledger_file, count(*) from ({{ all_rows }}) as all_rows
            group by 1
        {% endset %}
        {% for row in run_query(query).rows %}
            {% do counts.update({row[0]: row[1] | int}) %}
        {% endfor %}
    {% endif %}
    {% set inputs = [] %}
    {% for relation in relations %}
        {% set total = totals.get(relation.name, [none, 0, none]) %}
        {% set input = {
            'table': table.name,
            'file': relation.name,
            'rows': total[1] | int,
            'left_out_rows': counts[relation.name] - total[1] | int
                if relation.name in counts else 0,
            'amount': total[2],
            'sha256': none,
            'reason': none,
        } %}
        {% if not relation.path %}
            {% do input.update({'reason': 'a table, not a file'}) %}
        {% elif file_size(relation.path) > 1000000000 %}
            {% do input.update({'reason': 'larger than 1 GB'}) %}
        {% else %}
            {% do input.update({'sha256': file_hash(relation.path)}) %}
        {% endif %}
        {% do inputs.append(input) %}
    {% endfor %}
    {{ return(inputs) }}
{% endmacro %}


{# What a table is read from: a list of {name, path, source, columns}, empty
   where the ledger does not have it; a table of the database has no path. A
   needed table that is missing stops the build. #}

{% macro ledger_relations(table, mapping) %}
    {% set relations = [] %}
    {% if mapping.get('table') %}
        {% do relations.append({
            'name': mapping.table,
            'source': mapping.table,
        }) %}
    {% else %}
        {% for name, path in ledger_files(table, mapping).items() %}
            {% do relations.append({
                'name': name,
                'path': path,
                'source': ledger_file_relation(table, path, mapping),
            }) %}
        {% endfor %}
    {% endif %}
    {% for relation in relations %}
        {% set columns = [] %}
        {% for column in get_column_schema_from_query(
            'select * from ' ~ relation.source
        ) %}
            {% do columns.append(column.name) %}
        {% endfor %}
        {% do relation.update({'columns': columns}) %}
        {% if not relation.path %}
            {% do relation.update({'source': copy_of(table, relation)}) %}
        {% endif %}
    {% endfor %}
    {{ return(relations) }}
{% endmacro %}


{# A copy of a table of the database, its rows numbered: it may be a view that
   gives them in another order each time it is read, or change meanwhile. #}

{% macro copy_of(table, relation) %}
    {% set copy = 'ledger_copies.' ~ table.name %}
    {% do run_query('create schema if not exists ledger_copies') %}
    {% do run_query('drop table if exists ' ~ copy) %}
    {% do run_query(
        'create table ' ~ copy ~ ' as select *, '
        ~ row_number_in(relation.name) ~ ' as copied_row_number from '
        ~ relation.source
    ) %}
    {{ return(copy) }}
{% endmacro %}


{# The files of a table: those the mapping names, else <table>.csv or
   <table>.parquet in the ledger's folder. #}

{% macro ledger_files(table, mapping) %}
    {% set folder = var('ledger_path') %}
    {% set named = mapping.get('file', []) %}
    {% set named = [named] if named is string else named %}
    {% set paths = {} %}
    {# a mapping without ledger_path has nothing to do with the sample ledger #}
    {% if not named and var('ledger_tables') and folder == sample_ledger() %}
        {% if table.config.meta.is_needed %}
            {{ ledger_fault(
                table, 'give ledger_path, or its file or table in the mapping'
            ) }}
        {% endif %}
        {{ return(paths) }}
    {% endif %}
    {% for name in named or [table.name ~ '.csv', table.name ~ '.parquet'] %}
        {% set found = files_matching(folder ~ '/' ~ name) %}
        {% if named and not found %}
            {{ ledger_fault(
                table,
                'file ' ~ name ~ ' not found in ' ~ folder ~ instead_in(folder)
            ) }}
        {% endif %}
        {% do paths.update(found) %}
    {% endfor %}
    {% if not paths and table.config.meta.is_needed %}
        {{ ledger_fault(
            table, 'no ' ~ table.name ~ '.csv or ' ~ table.name
            ~ '.parquet in ' ~ folder ~ instead_in(folder)
        ) }}
    {% endif %}
    {% for path in files_matching(folder ~ '/*') if not paths %}
        {% set name = path.rsplit('/', 1)[1] %}
        {% if name.split('.')[0] | lower == table.name %}
            {{ ledger_fault(
                table, name ~ ' in ' ~ folder ~ ' would not be read; call it '
                ~ table.name ~ '.csv or ' ~ table.name
                ~ '.parquet, or name it by file in the mapping'
            ) }}
        {% endif %}
    {% endfor %}
    {{ return(paths) }}
{% endmacro %}


{# The files that a folder has instead, up to twenty, for a sentence. #}

{% macro instead_in(folder) %}
    {% set names = [] %}
    {% for path in files_matching(folder ~ '/*') %}
        {% do names.append(path.rsplit('/', 1)[1]) %}
    {% endfor %}
    {{ return('; it has ' ~ names[:20] | join(', ') if names else '') }}
{% endmacro %}


{% macro sample_ledger() %}
    {{ return('seeds/sample_ledger') }}
{% endmacro %}


{# The rows of all files of a table, side by side under one header. #}

{% macro ledger_union(relations, header) %}
    {% if not relations %}
        {{ return(
            "select cast(null as string) as ledger_file, "
            ~ "cast(null as bigint) as ledger_row_number, "
            ~ "cast(null as string) as ledger_values where 1 = 0"
        ) }}
    {% endif %}
    {% set selects = [] %}
    {% for relation in relations %}
        {% set columns = [] %}
        {% set values = [] %}
        {% for column in header %}
            {% set quoted = adapter.quote(column) %}
            {% if column | lower in relation.columns | map('lower') %}
                {% do columns.append(quoted) %}
                {% do values.append(
                    "'" ~ column | trim | replace("'", "''") ~ "=' || cast("
                    ~ quoted ~ ' as string)'
                ) %}
            {% else %}
                {% do columns.append('null as ' ~ quoted) %}
            {% endif %}
        {% endfor %}
        {% do selects.append(
            'select ' ~ columns | join(', ')
            ~ ", '" ~ relation.name | replace("'", "''") ~ "' as ledger_file, "
            ~ (row_number_in(relation.name) if relation.path
                else 'copied_row_number')
            ~ ' as ledger_row_number, '
            ~ "concat_ws(' | ', " ~ values | join(', ') ~ ') as ledger_values '
            ~ 'from ' ~ relation.source
        ) %}
    {% endfor %}
    {{ return(selects | join(' union all ')) }}
{% endmacro %}


{# SQL for one contract column: the mapped column or expression, else the
   column of that name, else none. #}

{% macro ledger_expression(table, column, mapping, header, relations) %}
    {% set mapped = mapping.get('columns', {}).get(column.name) %}
    {% set wanted = (mapped or column.name) | string %}
    {% set is_name = modules.re.match('^[A-Za-z_][A-Za-z0-9_ ]*$', wanted) %}
    {% set found = [] %}
    {% for name in header %}
        {% if name | trim | lower == wanted | lower %}
            {% do found.append(name) %}
        {% endif %}
    {% endfor %}
    {% for relation in relations
            if found and (mapped or column.config.meta.is_needed)
            and wanted | lower not in relation.columns | map('trim')
            | map('lower') %}
        {% set missing = 'no column ' ~ wanted ~ ' in ' ~ relation.name %}
        {% if column.config.meta.is_needed %}
            {{ ledger_fault(
                table, missing ~ '; it has ' ~ relation.columns | join(', ')
            ) }}
        {% endif %}
        {% do log(
            'table ' ~ table.name ~ ': ' ~ missing ~ ', so its rows have no '
            ~ column.name, info=true
        ) %}
    {% endfor %}
    {% if found %}
        {% set expression = adapter.quote(found[0]) %}
    {% elif mapped and not is_name %}
        {# what the engine may say of it names neither table nor column #}
        {% do log(
            table.name ~ '.' ~ column.name ~ ' is read as SQL, for no column is '
            ~ 'called ' ~ mapped, info=true
        ) %}
        {% set expression = '(' ~ mapped ~ ')' %}
    {% elif relations and (mapped or column.config.meta.is_needed) %}
        {{ ledger_fault(
            table, 'no column ' ~ wanted ~ ' in '
            ~ relations | map(attribute='name') | join(', ')
            ~ '; it has ' ~ header | join(', ')
            ~ ('. Is its delimiter another' if header | length == 1 else '')
        ) }}
    {% else %}
        {% for relation in relations %}
            {% set alike = [] %}
            {% for name in relation.columns %}
                {% if name | trim | lower == column.name ~ loop.index0 %}
                    {% do alike.append(name) %}
                {% endif %}
            {% endfor %}
            {% if alike | length > 1 %}
                {{ ledger_fault(
                    table, 'the column ' ~ column.name ~ ' is there twice in '
                    ~ relation.name ~ '; map ' ~ alike | join(' or ')
                ) }}
            {% endif %}
        {% endfor %}
        {{ return(none) }}
    {% endif %}
    {{ return(ledger_reading(expression, column, mapping)) }}
{% endmacro %}


{# A date in the mapping's date_format becomes ISO text, an amount with a
   decimal comma gets a point. What does not fit stays a text that staging
   refuses. #}

{% macro ledger_reading(expression, column, mapping) %}
    {% set text = 'cast(' ~ expression ~ ' as string)' %}
    {% if column.data_type == 'date' and mapping.get('date_format') %}
        {% if '%y' in mapping.date_format %}
            {{ exceptions.raise_compiler_error(
                'date_format ' ~ mapping.date_format ~ ' has two-digit years, '
                ~ 'which do not say their century; map an SQL expression.'
            ) }}
        {% endif %}
        {{ return(iso_date_text(text, mapping.date_format)) }}
    {% elif column.data_type == 'decimal' and mapping.get('decimal') == ',' %}
        {{ return(decimal_comma_text(expression, text)) }}
    {% endif %}
    {{ return(expression) }}
{% endmacro %}


{% macro ledger_fault(table, what) %}
    {{ exceptions.raise_compiler_error(
        'The ledger cannot be read: table ' ~ table.name ~ ': ' ~ what ~ '.'
    ) }}
{% endmacro %}


