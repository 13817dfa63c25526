"""Changes of configuration as sentences: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.common.records import record

SHOWN = 3
VALUE_LIMIT = 120
# What people call settings whose names in the files are short.
NAMES = {
    "drop": "drop limit",
    "spike": "spike limit",
    "every": "interval",
    "per": "period",
    "min": "lower limit",
    "max": "upper limit",
    "notify": "channels",
    "include": "tables to cover",
    "exclude": "tables to leave out",
    "is active": "access",
}
NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*([a-zA-Zµ%]*)\s*$")


@record
class Change:
    """One field: its label, and both values in words."""

    field: str
    old: str
    new: str


def sentence(actor: str, verb: str, kind: str, name: str, changes: Sequence[Change] = ()) -> str:
    """`Maria lowered the drop limit of “Orders volume” from 30 % to 20 %.`

    `verb` is added, changed or deleted; `kind` is what it is, such as rule.
    """
    named = f"“{name}”"  # many names are sentences of their own
    if verb != "changed":
        return f"{actor} {verb} the {kind} {named}."
    if not changes:
        return f"{actor} changed a secret of the {kind} {named}."
    first = [_clause(change, named) for change in changes[:SHOWN]]
    left = len(changes) - len(first)
    more = f"and changed {left} more of its settings" if left > 1 else "and changed 1 more of its settings"
    parts = [*first, more] if left > 0 else first
    return f"{actor} {_joined(parts)}."


def _clause(change: Change, name: str) -> str:
    field = label(change.field)
    old, new = _value(change.old), _value(change.new)
    if change.field == "paused":
        return f"paused {name}" if change.new == "yes" else f"let {name} go on"
    if change.field == "shared with":
        return _sharing(change, name)
    if change.old in ("empty", "none"):
        return f"set the {field} of {name} to {new}"
    if change.new in ("empty", "none"):
        return f"removed the {field} of {name}, which was {old}"
    return f"{_verb(change.old, change.new)} the {field} of {name} from {old} to {new}"


def _sharing(change: Change, name: str) -> str:
    if change.new == "none":
        return f"ended the sharing of {name} with {change.old}"
    instead = "" if change.old == "none" else f" instead of {change.old}"
    return f"shared {name} with {change.new}{instead}"


def label(field: str) -> str:
    """`settings: drop` as people say it: drop limit."""
    key = field.partition(": ")[2] or field
    plain = key.replace("_", " ")
    return NAMES.get(plain, plain)


def _verb(old: str, new: str) -> str:
    before, after = NUMBER.match(old), NUMBER.match(new)
    if not before or not after or before[2] != after[2]:
        return "changed"
    return "raised" if float(after[1]) > float(before[1]) else "lowered"


def _value(text: str) -> str:
    number = NUMBER.match(text)
    if number and number[2] == "%":
        return f"{number[1]} %"
    return text if len(text) <= VALUE_LIMIT else f"{text[: VALUE_LIMIT - 1]}…"


def _joined(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    last = parts[-1] if parts[-1].startswith("and ") else f"and {parts[-1]}"
    return f"{', '.join(parts[:-1])} {last}"
