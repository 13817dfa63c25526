"""Schema: the columns stay what they are, or what they were declared to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import Field, model_validator

from apps.common.records import record
from apps.connections.services import Column, column_difference
from apps.rules.kinds.contract import Judgement, Kind, Known, Subject, VerdictName
from apps.rules.kinds.settings import NoiseSettings
from apps.rules.kinds.wants import ListColumns, Want

SOURCE = "the data store's list of columns"
SHOWN = 6


class SchemaSettings(NoiseSettings):
    """Removed and renamed columns and changed types always alert."""

    columns: tuple[str, ...] = Field(
        (),
        max_length=2_000,
        title="Declared columns",
        description="The columns that must be there, each with its type or without: id bigint. Without any, they are "
        "compared with those that were last seen.",
    )
    ignore_added: bool = Field(
        default=True, title="Ignore added columns", description="Added columns are noted, and do not alert."
    )
    ignore_widened: bool = Field(
        default=False,
        title="Ignore widened types",
        description="A type that takes in every value of the one before, such as INTEGER to BIGINT, does not alert.",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [name for name, _ in self.declared]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"column {twice} is declared twice")
        return self

    @property
    def declared(self) -> list[list[str]]:
        """[name, type] of the declared columns; the type is empty where none was."""
        parts = (text.split(None, 1) for text in self.columns if text.strip())
        return [[part[0], part[1].strip() if len(part) > 1 else ""] for part in parts]


@record
class Difference:
    """Columns beside those before: [name, type]; renamed ones [name before, name now], changed and widened ones [name,
    type before, type now]."""

    added: list[list[str]]
    removed: list[list[str]]
    renamed: list[list[str]]
    changed: list[list[str]]
    widened: list[list[str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.changed or self.widened)

    @property
    def words(self) -> str:
        """What differs, in one sentence."""
        parts = [
            *_part("removed", (name for name, _ in self.removed)),
            *_part("renamed", (f"{before} to {now}" for before, now in self.renamed)),
            *_part("changed", (f"{name} (from {before} to {now})" for name, before, now in self.changed)),
            *_part("widened", (f"{name} (from {before} to {now})" for name, before, now in self.widened)),
            *_part("added", (f"{name} ({kind})" for name, kind in self.added)),
        ]
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    @property
    def facts(self) -> dict[str, Any]:
        """As the incident's texts want it."""
        changed = self.changed + self.widened
        return {"added": self.added, "removed": self.removed, "renamed": self.renamed, "changed": changed}


class Schema(Kind):
    """Remembers the accepted columns. A breach lasts until they are back, or a person accepts what is there."""

    label = "Schema"
    unit = "columns"
    tells = "A column was removed, renamed or changed its type."
    Settings = SchemaSettings
    settings: SchemaSettings
    check_every = timedelta(minutes=10)

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        """Every table has columns that can be watched; declared ones may still have to come."""

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        # Memory of before this was thought of does not say what was seen: then they are listed once more.
        return () if known.unwritten and known.marks_columns and "seen" in known.memory else (ListColumns(),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        remembered: list[list[str]] | None = known.memory.get("columns")
        present = _present(answers, known.memory)
        before = self._expected(remembered, present)
        difference = compare(before, present)
        verdict: VerdictName = "learning" if remembered is None and not self.settings.columns else "ok"
        excused = accepted or (bool(self.settings.columns) and known.memory.get("accepted") == present)
        if not excused and self._breaks(difference):
            verdict = "breached"
        reason = difference.words if verdict != "learning" else "These columns are what is normal from now on."
        # While breached nothing is taken in: a column that came with a renaming goes again when that is undone.
        breached = verdict == "breached"
        kept = remembered if remembered is not None else before if self.settings.columns else present
        memory: dict[str, Any] = {"columns": kept if breached else present, "seen": present if breached else None}
        if excused and self.settings.columns:
            memory["accepted"] = present
        facts: dict[str, Any] = {"situation": "schema", "reason": ""} if breached else {}
        facts |= difference.facts if difference else {}
        return Judgement(verdict, memory, measured=float(len(present)), source=SOURCE, reason=reason, facts=facts)

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        declared = [" ".join(column).strip() for column in self.settings.declared]
        shown = ", ".join(declared[:SHOWN]) + (f" and {len(declared) - SHOWN} more" if len(declared) > SHOWN else "")
        what = "removed, renamed" if self.settings.ignore_added else "added, removed or renamed,"
        wider = " (a wider one is fine)" if self.settings.ignore_widened else ""
        beside = f", beside what was declared: {shown}" if declared else ""
        return f"Alerts if a column of {subject} is {what} or changes its type{wider}{beside}."

    def _expected(self, remembered: list[list[str]] | None, present: list[list[str]]) -> list[list[str]]:
        """What the present columns are held against: those declared (without a type: whichever it is), else those
        remembered."""
        if not self.settings.columns:
            return remembered if remembered is not None else present
        here = dict(present)
        return [[name, _same(kind, here.get(name, kind))] for name, kind in self.settings.declared]

    def _breaks(self, difference: Difference) -> bool:
        worse = difference.removed or difference.renamed or difference.changed
        added = difference.added and not self.settings.ignore_added
        return bool(worse or added or (difference.widened and not self.settings.ignore_widened))


def _same(declared: str, there: str) -> str:
    """The type as the store writes it, where it is the declared one or none was."""
    plain = "".join(declared.split()).casefold()
    return there if not plain or plain == "".join(there.split()).casefold() else declared


def _present(answers: Mapping[Want, Any], memory: Mapping[str, Any]) -> list[list[str]]:
    """The columns that are there: as listed now, else as at the check before (`seen`, where they are not `columns`)."""
    listed: Sequence[Column] | None = answers.get(ListColumns())
    if listed is not None:
        return [[column.name, column.type] for column in listed]
    before: list[list[str]] = memory["columns"] if memory["seen"] is None else memory["seen"]
    return before


def compare(before: Iterable[list[str]], now: Iterable[list[str]]) -> Difference:
    """What was added, removed, renamed (another name in the very place of one of the same type) and changed."""
    old, new = ([Column(name, kind) for name, kind in columns] for columns in (before, now))
    found = Difference([], [], [], [], [])
    for change in column_difference(old, new):
        then, after = change.before, change.after
        if change.aspect == "added" and after is not None:
            found.added.append([after.name, after.type])
        elif change.aspect == "removed" and then is not None:
            found.removed.append([then.name, then.type])
        elif change.aspect == "renamed" and then is not None and after is not None:
            found.renamed.append([then.name, after.name])
        elif change.aspect in ("type", "widened") and then is not None and after is not None:
            into = found.widened if change.aspect == "widened" else found.changed
            into.append([after.name, then.type, after.type])
    return found


def _part(what: str, columns: Iterable[str]) -> list[str]:
    names = ", ".join(columns)
    return [f"{what}: {names}"] if names else []
