"""What Midwatch asks PostgreSQL's own catalogue: one statement each, however many tables there are.

They read `pg_class` and the counter functions rather than the statistics views, and touch no user table, so that the
rights every login has are enough.
"""

from __future__ import annotations

from apps.connections.marks import SIGN

# Partitions are not listed: their parent stands for them. Temporary tables are another session's business.
_LISTED = """
    c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
_WRITES = "pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)"
# Never analysed is -1 since version 14; before, it was 0, which an empty table shows as well.
_LEAST = "(current_setting('server_version_num')::int < 140000)::int"
_ROWS = f"CASE WHEN c.reltuples >= {_LEAST} THEN c.reltuples END"

# Everything below a parent: partitions at any depth, children by INHERITS. Who reads the parent reads them all.
_MEMBER = """
    SELECT inhparent, inhrelid FROM pg_inherits
    UNION
    SELECT member.root, i.inhrelid FROM member JOIN pg_inherits i ON i.inhparent = member.oid
"""
_DESCRIBED = "LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid"

# Pages are counted when a table is analysed, as its rows are: asking for the size of its files would be a look at the
# disk for each of them. What was never analysed has neither.
TABLES = f"""
WITH RECURSIVE member (root, oid) AS ({_MEMBER}), stored AS (
    SELECT c.oid, {_ROWS} AS rows,
        CASE WHEN {_ROWS} IS NOT NULL THEN c.relpages + coalesce(toast.relpages, 0) END AS pages
    FROM pg_class c LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
    WHERE c.relkind IN ('r', 'm')
), family AS (
    SELECT member.root, CASE WHEN count(*) = count(stored.rows) THEN sum(stored.rows) END AS rows,
        CASE WHEN count(*) = count(stored.pages) THEN sum(stored.pages) END AS pages
    FROM member JOIN pg_class c ON c.oid = member.oid LEFT JOIN stored ON stored.oid = member.oid
    WHERE c.relkind IN ('r', 'f')
    GROUP BY member.root
)
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), coalesce(d.description, ''),
    (CASE c.relkind WHEN 'p' THEN 0 ELSE stored.rows END
        + CASE WHEN family.root IS NULL THEN 0 ELSE family.rows END)::bigint,
    (CASE c.relkind WHEN 'p' THEN 0 ELSE stored.pages END
        + CASE WHEN family.root IS NULL THEN 0 ELSE family.pages END)::bigint * current_setting('block_size')::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN stored ON stored.oid = c.oid LEFT JOIN family ON family.root = c.oid {_DESCRIBED} = 0
WHERE {_LISTED} ORDER BY 1, 2
"""  # noqa: S608

# Rows that were inserted and are neither alive nor deleted: those of transactions that were rolled back. It drifts when
# a vacuum or an analysis corrects the number of live rows.
_UNDONE = "pg_stat_get_tuples_inserted(c.oid) - pg_stat_get_live_tuples(c.oid) - pg_stat_get_tuples_deleted(c.oid)"
# A table that was emptied counts as never analysed; its counters know better, if they count at all.
_ROWS_NOW = f"coalesce({_ROWS}, CASE WHEN {_WRITES} > 0 AND pg_stat_get_live_tuples(c.oid) = 0 THEN 0 END)"

# The look at a parent must change when any of its members does. A foreign table has no counters here, so neither has a
# parent of one. `epoch` moves when counters may have started anew: a restart, a crash, a reset by hand. What comes out
# are the fields of a `Look`, its mark being a `Mark`: put together in Python, they take twice the time. What is true of
# the whole server is asked once.
_COUNTED = "c.relkind IN ('r', 'p', 'm') AND family.untold IS NOT TRUE AND NOT server.standby"
_TOLD = _ROWS_NOW.replace(_LEAST, "server.least")
LOOKS = f"""
WITH RECURSIVE member (root, oid) AS ({_MEMBER}), family AS (
    SELECT member.root, sum({_WRITES}) AS writes, bool_or(c.relkind = 'f') AS untold,
        CASE WHEN count(*) = count({_ROWS_NOW}) THEN sum({_ROWS_NOW}) END AS rows,
        sum({_UNDONE}) AS undone, sum(hashtextextended(concat_ws('.', c.oid, c.relfilenode), 0)) AS storage,
        sum(hashtextextended(concat_ws('.', c.oid, c.relfilenode, {_WRITES}), 0)) AS mark
    FROM member JOIN pg_class c ON c.oid = member.oid
    WHERE c.relkind IN ('r', 'f')
    GROUP BY member.root
), server AS (
    SELECT {_LEAST} AS least, pg_is_in_recovery() AS standby,
        concat_ws('.', (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint,
        (extract(epoch FROM pg_stat_get_db_stat_reset_time(oid)) * 1000)::bigint) AS epoch
    FROM pg_database WHERE datname = current_database()
)
SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
    CASE WHEN {_COUNTED} THEN '{SIGN}' || concat_ws('|', c.oid, {_WRITES} + coalesce(family.writes, 0),
        {_UNDONE} + coalesce(family.undone, 0), concat_ws('.', c.relfilenode, family.storage), server.epoch,
        coalesce(family.mark::text, '')) ELSE '' END,
    c.oid::text, CASE WHEN {_COUNTED} THEN ({_WRITES} + coalesce(family.writes, 0))::bigint END,
    (CASE c.relkind WHEN 'p' THEN 0 WHEN 'v' THEN NULL ELSE {_TOLD} END
        + CASE WHEN family.root IS NULL THEN 0 ELSE family.rows END)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN family ON family.root = c.oid CROSS JOIN server
WHERE {_LISTED}
"""  # noqa: S608

_COLUMNS = f"""
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    CASE coalesce(nullif(t.typbasetype, 0), t.oid)
        WHEN 'timestamptz'::regtype THEN 'aware' WHEN 'timestamp'::regtype THEN 'naive' WHEN 'date'::regtype THEN 'date'
        ELSE '' END,
    coalesce(d.description, ''), coalesce(a.attnum = ANY (p.partattrs), false)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid {_DESCRIBED} = a.attnum
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
