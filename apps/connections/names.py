"""The name of a table: `schema.table`, with double quotes around a part that holds a dot or a quote."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

PART = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')


class TableName(NamedTuple):
    """A table or view. Case and every character count: `Sales."Q1.2026"` is schema Sales, table Q1.2026."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{_written(self.schema)}.{_written(self.name)}"


def parse_table(text: str, *, default_schema: str = "") -> TableName:
    """Read `schema.table`, or `table` alone in `default_schema`. Raises ValueError with the form to use."""
    parts, position = [], 0
    while match := PART.match(text, position):
        parts.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        position = match.end()
        if position == len(text) or text[position] != ".":
            break
        position += 1
    if position != len(text) or not parts or not all(parts):
        raise ValueError(f'{text!r} is not a table name; write schema.table, with "…" around a part that has a dot')
    if len(parts) == 1 and default_schema:
        return TableName(default_schema, parts[0])
    if len(parts) != 2:
        raise ValueError(f"{text!r} has {len(parts)} parts; write schema.table")
    return TableName(parts[0], parts[1])


def matches(table: TableName, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Whether wildcard patterns such as `sales.*` take `table` in. A pattern in `exclude` wins."""
    written = str(table)
    return any(fnmatchcase(written, pattern) for pattern in include) and not any(
        fnmatchcase(written, pattern) for pattern in exclude
    )


def _written(part: str) -> str:
    plain = part and "." not in part and '"' not in part
    return part if plain else '"' + part.replace('"', '""') + '"'
