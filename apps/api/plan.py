"""The plan of an apply: what would be added, changed, removed and kept. Pure: two team values in, steps out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from apps.api.specs import SECTIONS, ChannelSpec, RuleSpec, Section, Spec, StoreSpec, TeamSpec
from apps.common.records import record


class Action(StrEnum):
    """What happens to one entry. EXTRA: the team has it, the file has not, and it stays."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"
    EXTRA = "extra"


class FieldChange(NamedTuple):
    """A field before and after, as a file writes it. Of a secret no value is ever shown."""

    field: str
    old: str
    new: str


@record
class Step:
    action: Action
    section: Section
    name: str
    fields: tuple[FieldChange, ...] = ()


@record
class Plan:
    """The steps for one team, in the order in which a file lists things."""

    team: str
    steps: tuple[Step, ...]

    def of(self, *actions: Action) -> list[Step]:
        return [step for step in self.steps if step.action in actions]

    @property
    def changes_anything(self) -> bool:
        return bool(self.of(Action.ADD, Action.CHANGE, Action.REMOVE))

    @property
    def summary(self) -> str:
        """`2 to add, 1 to change, 0 to remove, 3 unchanged.`"""
        add, change, remove, keep = (len(self.of(action)) for action in list(Action)[:4])
        return f"{add:,} to add, {change:,} to change, {remove:,} to remove, {keep:,} unchanged."


def make_plan(*, wanted: TeamSpec, existing: TeamSpec, prune: bool = False) -> Plan:
    """How to come from `existing` to `wanted`. Without `prune`, what the file does not name is kept."""
    return Plan(wanted.name, tuple(step for section in SECTIONS for step in _steps(wanted, existing, section, prune)))


def _steps(wanted: TeamSpec, existing: TeamSpec, section: Section, prune: bool) -> Iterator[Step]:
    new, old = wanted.section(section), existing.section(section)
    for name, spec in new.items():
        if name not in old:
            yield Step(Action.ADD, section, name)
            continue
        fields = tuple(_differences(old[name], spec))
        yield Step(Action.CHANGE if fields else Action.KEEP, section, name, fields)
    for name in sorted(set(old) - set(new)):
        yield Step(Action.REMOVE if prune else Action.EXTRA, section, name)


def _differences(old: Spec, new: Spec) -> Iterator[FieldChange]:
    before, after = _fields(old), _fields(new)
    for field in [*after, *(field for field in before if field not in after)]:
        if before.get(field) != after.get(field):
            yield FieldChange(field, _shown(before, field), _shown(after, field))
    if not isinstance(old, RuleSpec) and not isinstance(new, RuleSpec):
        yield from _secret_differences(old.secrets, new.secrets, old.secret_names, new.secret_names)


def _secret_differences(
    old: Mapping[str, str], new: Mapping[str, str], old_names: Mapping[str, str], new_names: Mapping[str, str]
) -> Iterator[FieldChange]:
    # A secret that the file does not mention stays: `read` has it only when the file writes its key.
    for field, secret in new.items():
        if old.get(field, "") != secret:
            yield FieldChange(field, "", "secret changed")
        elif field in new_names and field in old_names and old_names[field] != new_names[field]:
            yield FieldChange(field, f"${{{old_names[field]}}}", f"${{{new_names[field]}}}")


def _fields(spec: Spec) -> dict[str, Any]:
    """An entry as flat fields that can be compared and shown."""
    if not isinstance(spec, RuleSpec):
        return {**_driver(spec), **spec.settings}
    tables = {"table": spec.table} if spec.table else {"include": list(spec.include), "exclude": list(spec.exclude)}
    told = {"notify": sorted(spec.notify), "people": sorted(spec.people), "owner": spec.owner or None,
            "tags": sorted(spec.tags)}  # fmt: skip
    tail = {"severity": spec.severity, "timezone": spec.timezone, **told, "paused": spec.paused,
            "max_bytes": spec.max_bytes}  # fmt: skip
    return {"connection": spec.connection, **tables, "kind": spec.kind, **spec.settings, **tail}


def _driver(spec: StoreSpec | ChannelSpec) -> dict[str, Any]:
    return {"engine": spec.engine, "timezone": spec.timezone} if isinstance(spec, StoreSpec) else {"type": spec.type}


def _shown(fields: Mapping[str, Any], field: str) -> str:
    if field not in fields:
        return "default"
    value = fields[field]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
