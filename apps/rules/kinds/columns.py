"""The column that a rule counts or dates rows by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from apps.common.errors import InvalidInput, NotFoundNearby
from apps.connections.services import Column
from apps.rules.kinds.contract import Subject


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


def timed_columns(columns: Sequence[Column], some: str, none: str) -> str:
    """`some` with the names of the columns that hold times, or `none`."""
    names = [column.name for column in columns if column.time]
    return some.format(", ".join(names)) if names else none
