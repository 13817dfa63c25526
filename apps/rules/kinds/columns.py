"""The column that a rule counts or dates rows by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from apps.common.errors import InvalidInput, NotFoundNearby
from apps.connections.services import Column
from apps.rules.kinds.contract import Subject

Holds = Literal["numbers", "text", "truth values"]
NUMBERS = r"int|numeric|decimal|number|float|double|real|serial|money|fixed"
NESTED = r"\[\]|array|struct|map|json|record|object|variant|super"
NO_TEXT = rf"{NUMBERS}|bool|bit|date|time|year|interval|byte|blob|binary|geo|point|inet"
# By what stores call their types; those of lists and records hold none of these. SQLite's may have no name at all, and
# an enumeration has a name of its own.
FITS: Mapping[Holds, re.Pattern[str]] = {
    "numbers": re.compile(rf"^(?!.*(\[\]|array|struct|map|interval|point)).*({NUMBERS})|^$", re.IGNORECASE),
    "text": re.compile(rf"^(?!.*({NESTED}))(?:.*(char|text|string|clob|uuid|enum)|(?!.*({NO_TEXT})))", re.IGNORECASE),
    "truth values": re.compile(rf"^(?!.*({NESTED})).*(bool|\bbit|tinyint)|^$", re.IGNORECASE),
}


def check_time_column(name: str, subject: Subject, columns: Sequence[Column], *, finest: timedelta) -> None:
    """Raise InvalidInput when the column is missing, or does not hold times as fine as `finest`."""
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        known = [column.name for column in columns]
        raise NotFoundNearby(f"{subject.table} has no column {name!r}.", name, known, field="column")
    if not found.time:
        hint = timed_columns(columns, "Columns that do: {}.", "No column of this table does.")
        message = f"Column {name!r} of {subject.table} holds no times: its type is {found.type}. {hint}"
        raise InvalidInput(message, field="column")
    if found.time == "date" and finest < timedelta(days=1):
        message = f"Column {name!r} of {subject.table} holds dates without a time of day, which is too coarse here."
        raise InvalidInput(f"{message} Choose a column with times, or a rule by the day.", field="column")


def check_column(
    name: str, subject: Subject, columns: Sequence[Column], *, field: str = "column", holds: Holds | None = None
) -> Column:
    """The column. Raises InvalidInput (naming `field`) when it is missing, or does not hold numbers or texts."""
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        known = [column.name for column in columns]
        raise NotFoundNearby(f"{subject.table} has no column {name!r}.", name, known, field=field)
    if holds and not FITS[holds].search(found.type):
        message = f"Column {name!r} of {subject.table} holds no {holds}: its type is {found.type}."
        raise InvalidInput(message, field=field)
    return found


def timed_columns(columns: Sequence[Column], some: str, none: str) -> str:
    """`some` with the names of the columns that hold times, or `none`."""
    names = [column.name for column in columns if column.time]
    return some.format(", ".join(names)) if names else none
