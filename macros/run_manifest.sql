{# on-run-end: writes the row of this build into audit.run_manifest, whatever
   became of its nodes. The model of that name only makes the table; where the
   build did not come to it, the table is made here by the model's contract. #}

{% macro record_run(results) %}
    {% if execute and flags.WHICH in ['build', 'run', 'retry'] %}
        {% set node = graph.nodes['model.receivables.run_manifest'] %}
        {% set values = run_values(results, node.config.meta.vars) %}
        {% set relation = node.schema ~ '.' ~ node.alias %}
        {% set columns = [] %}
        {% for column in node.columns.values() %}
            {% do columns.append(column.name ~ ' ' ~ column.data_type) %}
        {% endfor %}
        {% do run_query('create schema if not exists ' ~ node.schema) %}
        {% do run_query(
            'create table if not exists ' ~ relation
            ~ ' (' ~ columns | join(', ') ~ ')'
        ) %}
        {# one of an earlier release may lack a column until the model runs #}
        {% set names = [] %}
        {% set literals = [] %}
        {% for column in get_column_schema_from_query(
            'select * from ' ~ relation
        ) if column.name in node.columns %}
            {% do names.append(column.name) %}
            {% do literals.append(
                'cast(' ~ text_literal(values[column.name]) ~ ' as '
                ~ node.columns[column.name].data_type ~ ')'
            ) %}
        {% endfor %}
        insert into {{ relation }} ({{ names | join(', ') }})
        select {{ literals | join(', ') }}
    {% endif %}
{% endmacro %}


{# Every column of the row, as text or none. #}

{% macro run_values(results, var_names) %}
    {% set failed = [] %}
    {% set skipped = [] %}
    {% for result in results %}
        {% if result.status in ['error', 'fail', 'runtime error'] %}
            {% do failed.append(result.node.unique_id) %}
        {% elif result.status == 'skipped' %}
            {% do skipped.append(result.node.unique_id) %}
        {% endif %}
    {% endfor %}
    {% set versions = model_versions(results) %}
    {% set values = {
        'invocation_id': invocation_id,
        'project_hash': project_hash(),
        'command': flags.WHICH,
        'invocation_command': invocation_args_dict.invocation_command,
        'vars': vars_in_force(var_names),
        'package_versions': package_versions(versions),
        'inputs': run_query(
            'select inputs from ledger.ledger_inputs'
        ).rows[0][0],
        'model_versions': none if versions is none
            else tojson(versions, sort_keys=true),
        'status': 'failed' if failed else 'succeeded',
        'node_count': results | length,
        'failed_node_count': failed | length,
        'skipped_node_count': skipped | length,
        'failed_nodes': tojson(failed | sort),
        'as_of_date': as_of_date_read(results),
        'started_at': run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'),
    } %}
    {% do values.update(git_state()) %}
    {{ return(values) }}
{% endmacro %}


{# A model's table as the models of this build read it: none where the build
   failed to make it, or skipped it, or nobody ever has. #}

{% macro relation_as_read(name, results) %}
    {% for result in results %}
        {% if result.node.name == name and result.status != 'success' %}
            {{ return(none) }}
        {% endif %}
    {% endfor %}
    {% set node = graph.nodes['model.receivables.' ~ name] %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}


{% macro as_of_date_read(results) %}
    {% set relation = relation_as_read('as_of_dates', results) %}
    {% if relation %}
        {% set rows = run_query('select as_of_date from ' ~ relation).rows %}
        {{ return(rows[0][0] if rows else none) }}
    {% endif %}
    {{ return(var('as_of_date') or none) }}
{% endmacro %}


{# What became of each model version of the chain, oldest first. #}

{% macro model_versions(results) %}
    {% set relation = relation_as_read('segmentation_models', results) %}
    {% if not relation %}
        {{ return(none) }}
    {% endif %}
    {% set query %}
        select
            model_version,
            status,
            reason,
            algorithm,
            packages,
            cast(fit_date as string) as fit_date,
            is_in_force

        from {{ relation }}

        order by fit_date, version_number
    {% endset %}
    {% set versions = [] %}
    {% for row in run_query(query).rows %}
        {% do versions.append(row.dict()) %}
    {% endfor %}
    {{ return(versions) }}
{% endmacro %}


{# Every var as the build read it, those of another project that has this one
   as a package included. A date that YAML made of a text is a text again. #}

{% macro vars_in_force(names) %}
    {% set values = {} %}
    {% for name in names %}
        {% do values.update({name: var(name)}) %}
    {% endfor %}
    {% do values.update(invocation_args_dict.get('vars', {})) %}
    {% for name, value in values.items() %}
        {% if value is not none and value is not string
                and value is not number and value is not iterable %}
            {% do values.update({name: value | string}) %}
        {% endif %}
    {% endfor %}
    {{ return(tojson(values, sort_keys=true)) }}
{% endmacro %}


{# Versions that jinja and the engine can tell, and those with which the latest
   model version was fitted. #}

{% macro package_versions(model_versions) %}
    {% set found = {'dbt-core': dbt_version, 'python': none} %}
    {% do found.update(adapter.dispatch('engine_versions')()) %}
    {% if model_versions %}
        {% for package in model_versions[-1].packages.split(', ') %}
            {% set name, version = package.split(' ') %}
            {% do found.update({name: version}) %}
        {% endfor %}
    {% endif %}
    {{ return(tojson(found, sort_keys=true)) }}
{% endmacro %}

{# DuckDB knows whose client it is: duckdb/v1.5.0(linux_amd64) python/3.12 #}

{% macro default__engine_versions() %}
    {% set agent = run_query('pragma user_agent').rows[0][0] %}
    {{ return({
        'duckdb': modules.re.search('duckdb/v?([^ (]+)', agent)[1],
        'python': modules.re.search('python/([^ ]+)', agent)[1],
    }) }}
{% endmacro %}

{% macro spark__engine_versions() %}
    {{ return({'spark': run_query('select version()').rows[0][0]}) }}
{% endmacro %}


{# One hash of the contents of all models, seeds and macros, as dbt read them. #}

{% macro project_hash() %}
    {% set checksums = macro_checksums() %}
    {% for node in graph.nodes.values()
            if node.resource_type in ['model', 'seed'] %}
        {% do checksums.append(node.unique_id ~ ' ' ~ node.checksum.checksum) %}
    {% endfor %}
    {{ return(local_md5(checksums | sort | join('\n'))) }}
{% endmacro %}

{# A hash of the text of each of the project's macros. They are not in dbt's graph,
   but a build can call them, and so finds them here; a parser cannot. #}

{% macro macro_checksums() %}
    {% set checksums = [] %}
    {% set callables = context[project_name].items() if execute else [] %}
    {% for name, callable in callables | sort %}
        {% set macro = callable.macro %}
        {% if macro.original_file_path.startswith('macros') %}
            {% do checksums.append(
                macro.unique_id ~ ' ' ~ local_md5(macro.macro_sql)
            ) %}
        {% endif %}
    {% endfor %}
    {{ return(checksums) }}
{% endmacro %}


{# The commit and whether files differ from it, as who starts the build says in
   the environment; the commit else as the repository says. Whether files differ
   nobody else is asked: that takes git itself, and a guess is no evidence. #}

{% macro git_state() %}
    {% set sha = env_var('RECEIVABLES_GIT_SHA', '')
        or adapter.dispatch('git_head')() %}
    {% set said = env_var('RECEIVABLES_GIT_DIRTY', '') | lower %}
    {% set is_dirty = said if said in ['true', 'false'] else none %}
    {% set reasons = [] %}
    {% if not sha %}
        {% do reasons.append(
            'RECEIVABLES_GIT_SHA is not set, and no .git was read'
        ) %}
    {% endif %}
    {% if not is_dirty %}
        {% do reasons.append('RECEIVABLES_GIT_DIRTY is not true or false') %}
    {% endif %}
    {{ return({
        'git_sha': sha or none,
        'has_uncommitted_changes': is_dirty,
        'git_reason': reasons | join('; ') or none,
    }) }}
{% endmacro %}

{# The commit that .git/HEAD of the project's folder leads to. In a worktree
   .git is a file that names a folder, and branches are in a common one. #}

{% macro default__git_head() %}
    {% set pointer = text_of_file('.git') or 'gitdir: .git' %}
    {% set folder = pointer.split('gitdir: ')[1] %}
    {% set head = text_of_file(folder ~ '/HEAD') %}
    {% if not head.startswith('ref: ') %}
        {{ return(head) }}
    {% endif %}
    {% set branch = head.split('ref: ')[1] %}
    {% set common = text_of_file(folder ~ '/commondir') or '.' %}
    {% set common = folder ~ '/' ~ common %}
    {% set packed = modules.re.search(
        '(?m)^([0-9a-f]+) ' ~ modules.re.escape(branch) ~ '$',
        text_of_file(common ~ '/packed-refs')
    ) %}
    {{ return(
        text_of_file(common ~ '/' ~ branch) or (packed[1] if packed else '')
    ) }}
{% endmacro %}

{# A driver may be far from the project's folder. #}

{% macro spark__git_head() %}
    {{ return('') }}
{% endmacro %}

{# A small file's text on DuckDB; empty where there is no such file. #}

{% macro text_of_file(path) %}
    {% set path = path | replace("'", "''") %}
    {% set query %}
        select file from glob('{{ path }}')
        where not exists (select 1 from glob('{{ path }}/*'))
    {% endset %}
    {% if run_query(query).rows %}
        {% set query = "select content from read_text('" ~ path ~ "')" %}
        {{ return(run_query(query).rows[0][0] | trim) }}
    {% endif %}
    {{ return('') }}
{% endmacro %}
