"""Who changed what of our own configuration, and when: each entry with the old and the new value of every field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from apps.common.records import record
from apps.common.sizes import bytes_text

LIMIT = 200
ACTS = {"+": "Added", "~": "Changed", "-": "Deleted"}


@record
class FieldChange:
    field: str
    old: str
    new: str


@record
class Entry:
    at: datetime
    who: str
    act: str
    changes: tuple[FieldChange, ...]
    history_id: int | None = None  # of the historical row, where there is one


def entries(row: Model) -> list[Entry]:
    """The history of `row`, the newest first; at most the last 200 entries."""
    records = list(row.history.select_related("history_user").order_by("-history_date", "-history_id")[: LIMIT + 1])  # type: ignore[attr-defined]
    older = [*records[1:], None]
    return [_entry(new, old) for new, old in zip(records, older, strict=True)][:LIMIT]


def _entry(record: Any, before: Any | None) -> Entry:
    return Entry(
        at=record.history_date,
        who=str(record.history_user or "Midwatch or the command line"),
        act=ACTS[record.history_type],
        changes=tuple(changes_between(record, before)) if before is not None else (),
        history_id=record.history_id,
    )


def changes_between(record: Any, before: Any) -> Iterator[FieldChange]:
    """What differs between two historical rows of one object, field by field and setting by setting, in words."""
    for change in record.diff_against(before, foreign_keys_are_objs=True).changes:
        field = record.instance_type._meta.get_field(change.field)
        label = str(field.verbose_name)
        if isinstance(change.old, dict) and isinstance(change.new, dict):
            for key in sorted({*change.old, *change.new}):
                if key.startswith("_"):
                    continue  # what Midwatch keeps for itself
                if change.old.get(key) != change.new.get(key):
                    old, new = change.old.get(key), change.new.get(key)
                    yield FieldChange(f"{label}: {key}", words(old, key), words(new, key))
        elif field.many_to_many:
            yield FieldChange(label, _linked(change.old, field), _linked(change.new, field))
        else:
            yield FieldChange(label, words(change.old, change.field), words(change.new, change.field))


def _linked(rows: Sequence[dict[str, Any]], field: Any) -> str:
    names = [str(row[field.m2m_reverse_field_name()]) for row in rows]
    return ", ".join(sorted(names)) or "none"


def words(value: Any, name: str = "") -> str:
    """A stored value as a person reads it; `name` is that of its field or setting."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and "bytes" in name.split("_"):
        return bytes_text(value)
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or "none"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
