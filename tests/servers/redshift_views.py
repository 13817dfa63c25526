"""The system views of Amazon Redshift that Midwatch asks, on a PostgreSQL: what they say is from its own catalogue.

Names, types and order of the columns are those of the pages SVV_TABLES, SVV_TABLE_INFO and SVV_COLUMNS of the Redshift
Database Developer Guide, and so are their habits: SVV_TABLE_INFO is for superusers and whom they grant it to, has no
row for an empty table, and counts deleted rows in `tbl_rows` until a vacuum. A foreign table stands for an external
one.
"""

from __future__ import annotations

# A view reads with its owner's rights, but calls functions with those of whoever asks: hence SECURITY DEFINER.
COUNT = """
CREATE FUNCTION pg_catalog.rows_of_table(schema text, name text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
AS $$ DECLARE found bigint; BEGIN
    EXECUTE format('SELECT count(*) FROM %I.%I', schema, name) INTO found; RETURN found;
END $$
"""
SVV_TABLES = """
CREATE VIEW pg_catalog.svv_tables AS
SELECT current_database()::text AS table_catalog, n.nspname::text AS table_schema, c.relname::text AS table_name,
    CASE c.relkind WHEN 'r' THEN 'BASE TABLE' WHEN 'f' THEN 'EXTERNAL TABLE' ELSE 'VIEW' END AS table_type,
    obj_description(c.oid, 'pg_class') AS remarks
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'f', 'v', 'm') AND c.relpersistence <> 't'
"""
SVV_TABLE_INFO = """
CREATE VIEW pg_catalog.svv_table_info AS
SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table",
    'Y'::text AS encoded, 'AUTO(ALL)'::text AS diststyle, 'AUTO(SORTKEY)'::text AS sortkey1, 0 AS max_varchar,
    ''::character(32) AS sortkey1_enc, 0 AS sortkey_num,
    ceil(greatest(pg_total_relation_size(c.oid), 1) / 1048576.0)::bigint AS size,
    0::numeric(10,4) AS pct_used, 0::bigint AS empty, 0::numeric(5,2) AS unsorted, 0::numeric(5,2) AS stats_off,
    (counted.visible + pg_stat_get_dead_tuples(c.oid))::numeric(38,0) AS tbl_rows,
    NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows,
    counted.visible::numeric(38,0) AS estimated_visible_rows, NULL::text AS risk_event,
    NULL::numeric(12,2) AS vacuum_sort_benefit, now()::timestamp AS create_time
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT rows_of_table(n.nspname, c.relname) AS visible) AS counted
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND counted.visible > 0
"""
SVV_COLUMNS = """
CREATE VIEW pg_catalog.svv_columns AS
SELECT current_database()::text AS table_catalog, n.nspname::text AS table_schema, c.relname::text AS table_name,
    a.attname::text AS column_name, a.attnum::int AS ordinal_position, NULL::text AS column_default,
    CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, format_type(a.atttypid, NULL) AS data_type,
    information_schema._pg_char_max_length(a.atttypid, a.atttypmod) AS character_maximum_length,
    information_schema._pg_numeric_precision(a.atttypid, a.atttypmod) AS numeric_precision,
    information_schema._pg_numeric_precision_radix(a.atttypid, a.atttypmod) AS numeric_precision_radix,
    information_schema._pg_numeric_scale(a.atttypid, a.atttypmod) AS numeric_scale, NULL::int AS datetime_precision,
    NULL::text AS interval_type, NULL::text AS interval_precision, NULL::text AS character_set_catalog,
    NULL::text AS character_set_schema, NULL::text AS character_set_name, NULL::text AS collation_catalog,
    NULL::text AS collation_schema, NULL::text AS collation_name, NULL::text AS domain_name,
    col_description(c.oid, a.attnum) AS remarks
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'f', 'v', 'm') AND c.relpersistence <> 't'
"""
# As a superuser, in one session: only then may something be added to pg_catalog, where Redshift has these views.
VIEWS = (
    "SET allow_system_table_mods = on",
    COUNT,
    SVV_TABLES,
    SVV_TABLE_INFO,
    SVV_COLUMNS,
    "GRANT SELECT ON pg_catalog.svv_tables, pg_catalog.svv_columns TO PUBLIC",
)
