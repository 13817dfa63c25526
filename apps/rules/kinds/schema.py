"""Schema: the columns stay what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from apps.common.plugins import Settings
from apps.connections.services import Column
from apps.rules.kinds.contract import Judgement, Kind, Known, ListColumns, Subject, VerdictName, Want

SOURCE = "the data store's list of columns"


class SchemaSettings(Settings):
    """Removed columns and changed types always alert."""

    ignore_added: bool = Field(
        default=True, title="Ignore added columns", description="Added columns are noted, and do not alert."
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """Columns beside those remembered: [name, type], for a changed one [name, type before, type now]."""

    added: list[list[str]]
    removed: list[list[str]]
    changed: list[list[str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def words(self) -> str:
        """What differs, in one sentence."""
        parts = [
            *_part("removed", (name for name, _ in self.removed)),
            *_part("changed", (f"{name} (from {before} to {now})" for name, before, now in self.changed)),
            *_part("added", (f"{name} ({kind})" for name, kind in self.added)),
        ]
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""


class Schema(Kind):
    """Remembers the accepted columns. A breach lasts until they are back, or a person accepts what is there."""

    label = "Schema"
    unit = "columns"
    tells = "A column was removed or changed its type."
    Settings = SchemaSettings
    check_every = timedelta(minutes=10)

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        """Every table has columns that can be watched."""

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        # Memory of before this was thought of does not say what was seen: then they are listed once more.
        return () if known.unwritten and known.marks_columns and "seen" in known.memory else (ListColumns(),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        remembered: list[list[str]] | None = known.memory.get("columns")
        present = _present(answers, known.memory)
        difference = compare(remembered if remembered is not None else present, present)
        verdict: VerdictName = "learning" if remembered is None else "ok"
        if not accepted and self._breaks(difference):
            verdict = "breached"
        reason = "These columns are what is normal from now on." if remembered is None else difference.words
        # While breached nothing is taken in: a column that came with a renaming goes again when that is undone.
        breached = verdict == "breached"
        memory = {"columns": remembered if breached else present, "seen": present if breached else None}
        facts: dict[str, Any] = {"situation": "schema", "reason": ""} if breached else {}
        if difference:
            facts |= {"added": difference.added, "removed": difference.removed, "changed": difference.changed}
        return Judgement(verdict, memory, measured=float(len(present)), source=SOURCE, reason=reason, facts=facts)

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        what = "removed" if self.settings.ignore_added else "added or removed,"
        return f"Alerts if a column of {subject} is {what} or changes its type."

    def _breaks(self, difference: Difference) -> bool:
        return bool(difference.removed or difference.changed or (difference.added and not self.settings.ignore_added))


def _present(answers: Mapping[Want, Any], memory: Mapping[str, Any]) -> list[list[str]]:
    """The columns that are there: as listed now, else as at the check before (`seen`, where they are not `columns`)."""
    listed: Sequence[Column] | None = answers.get(ListColumns())
    if listed is not None:
        return [[column.name, column.type] for column in listed]
    before: list[list[str]] = memory["columns"] if memory["seen"] is None else memory["seen"]
    return before


def compare(before: Iterable[list[str]], now: Iterable[list[str]]) -> Difference:
    """What was added, removed and changed. A renamed column is a removed and an added one."""
    old, new = (dict(columns) for columns in (before, now))
    return Difference(
        added=[[name, kind] for name, kind in new.items() if name not in old],
        removed=[[name, kind] for name, kind in old.items() if name not in new],
        changed=[[name, old[name], kind] for name, kind in new.items() if old.get(name, kind) != kind],
    )


def _part(what: str, columns: Iterable[str]) -> list[str]:
    names = ", ".join(columns)
    return [f"{what}: {names}"] if names else []
