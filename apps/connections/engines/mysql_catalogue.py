"""What Midwatch asks `information_schema`: one statement each, however many tables there are; and what the rows mean.

UPDATE_TIME is a hint with traps. It has whole seconds. InnoDB keeps it in memory: it is gone after a restart, and when
the server drops a table from its cache. It survives RENAME, and other engines than those below have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from apps.connections.engines.contract import Column, Look, TableInfo, WriteAccess
from apps.connections.names import TableName

SETTLED = 2  # seconds after which a second write can no longer fall into the same second
LISTED = """
    TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
    AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
"""
TABLES = f"""
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE = 'VIEW', TABLE_COMMENT, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH
FROM information_schema.TABLES WHERE {LISTED} {{}} ORDER BY 1, 2
"""  # noqa: S608
LOOKS = f"""
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE = 'VIEW', coalesce(ENGINE IN ('InnoDB', 'MyISAM', 'Aria'), 0),
    UNIX_TIMESTAMP(UPDATE_TIME), TABLE_ROWS, CONCAT_WS('.', DATA_LENGTH, UNIX_TIMESTAMP(CREATE_TIME)),
    UNIX_TIMESTAMP(), @@table_definition_cache
FROM information_schema.TABLES WHERE {LISTED} {{}}
"""  # noqa: S608
STATUS = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Open_table_definitions')"
COLUMNS = """
SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE = 'YES', COLUMN_COMMENT
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') {}
ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
"""
TIMES: dict[str, Literal["aware", "naive", "date"]] = {"timestamp": "aware", "datetime": "naive", "date": "date"}

GRANT = re.compile(r"GRANT (.+?) ON (?:TABLE )?((?:`(?:[^`]|``)*`|\*)\.(?:`(?:[^`]|``)*`|\*)) TO ")
WRITING = {"ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP"}
EXAMPLES = 5


def looks_of(rows: Sequence[tuple[Any, ...]], *, uptime: int, opened: int) -> dict[TableName, Look]:
    """What LOOKS and STATUS say; `opened`: the tables, of everyone, that the server has in its cache. Pure.

    No UPDATE_TIME means "not written since the server started" as long as the cache has room; when it is full, it means
    nothing. UPDATE_TIME only grows, or is forgotten: that makes it a counter.
    """
    looks, tables = {}, max(len(rows), opened)
    for schema, name, view, tells, updated, count, shape, now, cache in rows:
        table = TableName(schema, name)
        at = None if updated is None else int(updated)
        known = bool(tells) and not view and (at is not None or tables < cache)
        settled = known and (at is None or now - at >= SETTLED)
        looks[table] = Look(
            table,
            "view" if view else "table",
            mark=f"{now - uptime}|{at or 0}|{count}|{shape}" if settled else "",
            writes=(at or 0) if known else None,
            rows=None if view or count is None else int(count),
            changed_at=datetime.fromtimestamp(at, UTC) if known and at is not None else None,
        )
    return looks


def infos_of(rows: Iterable[tuple[Any, ...]]) -> list[TableInfo]:
    """What TABLES says. The comment that the server shows for a view is only the word VIEW. Pure."""
    found = []
    for schema, name, view, comment, count, size in rows:
        table = TableName(schema, name)
        if view:
            found.append(TableInfo(table, "view"))
        else:
            found.append(TableInfo(table, "table", str(comment or ""), _whole(count), _whole(size)))
    return sorted(found, key=lambda info: info.name)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def columns_of(rows: Iterable[tuple[Any, ...]]) -> dict[TableName, list[Column]]:
    """What COLUMNS says, by table. Pure."""
    found: dict[TableName, list[Column]] = {}
    for schema, name, column, full, kind, nullable, comment in rows:
        found.setdefault(TableName(schema, name), []).append(
            Column(column, str(full), TIMES.get(kind.lower(), ""), bool(nullable), str(comment))
        )
    return found


def access_of(grants: Iterable[str]) -> WriteAccess:
    """What the lines of SHOW GRANTS allow to change. Pure."""
    tables, superuser = [], False
    for line in grants:
        match = GRANT.match(line)
        if match is None:
            continue
        privileges = {word.strip() for word in re.sub(r"\([^)]*\)", "", match[1]).split(",")}
        superuser = superuser or (match[2] == "*.*" and bool(privileges & {"ALL PRIVILEGES", "SUPER"}))
        if privileges & WRITING:
            tables.append(match[2].replace("`", ""))
    return WriteAccess(tuple(tables[:EXAMPLES]), superuser=superuser)
