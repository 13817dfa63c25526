"""What Midwatch asks PostgreSQL's own catalogue: one statement each, however many tables there are.

They read `pg_class` and the counter functions rather than the statistics views, and touch no user table, so that the
rights every login has are enough.
"""

from __future__ import annotations

# Partitions are not listed: their parent stands for them. Temporary tables are another session's business.
_LISTED = """
    c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
_WRITES = "pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)"
# Never analysed is -1 since version 14; before, it was 0, which an empty table shows as well.
_ROWS = "CASE WHEN c.reltuples >= (current_setting('server_version_num')::int < 140000)::int THEN c.reltuples END"

TABLES = f"""
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_LISTED} ORDER BY 1, 2
"""  # noqa: S608

# `member` names everything below a parent (partitions at any depth, children by INHERITS), because who reads the
# parent reads them all: its look must change when any of them does. A foreign table has no counters here, so neither
# has a parent of one. `epoch` moves when counters may have started anew: a restart, a crash, a reset by hand.
LOOKS = f"""
WITH RECURSIVE member (root, oid) AS (
    SELECT inhparent, inhrelid FROM pg_inherits
    UNION
    SELECT member.root, i.inhrelid FROM member JOIN pg_inherits i ON i.inhparent = member.oid
), family AS (
    SELECT member.root, sum({_WRITES}) AS writes, bool_or(c.relkind = 'f') AS untold,
        CASE WHEN count(*) = count({_ROWS}) THEN sum(c.reltuples) END AS rows,
        sum(hashtextextended(concat_ws('.', c.oid, c.relfilenode, {_WRITES}), 0)) AS mark
    FROM member JOIN pg_class c ON c.oid = member.oid
    WHERE c.relkind IN ('r', 'f')
    GROUP BY member.root
), epoch AS (
    SELECT concat_ws('.', (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint,
        (extract(epoch FROM pg_stat_get_db_stat_reset_time(oid)) * 1000)::bigint) AS mark
    FROM pg_database WHERE datname = current_database()
)
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), c.oid::bigint,
    CASE WHEN c.relkind IN ('r', 'p', 'm') AND family.untold IS NOT TRUE AND NOT pg_is_in_recovery()
        THEN ({_WRITES} + coalesce(family.writes, 0))::bigint END,
    concat_ws('.', c.relfilenode, family.mark), epoch.mark,
    (CASE c.relkind WHEN 'p' THEN 0 WHEN 'v' THEN NULL ELSE {_ROWS} END
        + CASE WHEN family.root IS NULL THEN 0 ELSE family.rows END)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN family ON family.root = c.oid CROSS JOIN epoch
WHERE {_LISTED}
"""  # noqa: S608

_COLUMNS = f"""
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    CASE coalesce(nullif(t.typbasetype, 0), t.oid)
        WHEN 'timestamptz'::regtype THEN 'aware' WHEN 'timestamp'::regtype THEN 'naive' WHEN 'date'::regtype THEN 'date'
        ELSE '' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
WHERE {_LISTED} {{}} ORDER BY c.oid, a.attnum
"""  # noqa: S608
COLUMNS_OF_ALL = _COLUMNS.format("")
COLUMNS_OF_SOME = _COLUMNS.format(
    "AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(names)s::text[]))"
)

WRITE_ACCESS = f"""
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), n.nspname, c.relname
FROM (VALUES (1)) AS once LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) ON {_LISTED}
    AND has_schema_privilege(n.oid, 'USAGE') AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
ORDER BY n.nspname, c.relname LIMIT 5
"""  # noqa: S608
