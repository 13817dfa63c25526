"""The facts that a model is given, from the same values that the plain texts are made of. Pure.

Rows of a table and the values of groups stay here, and so do people: a person who acts is a member of the team.
The facts are English whatever is spoken: the guard, which holds an answer against them, reads them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.common.records import record
from apps.summaries import wording
from apps.summaries.language import ENGLISH, speaking
from apps.summaries.words import Facts, clean, count, moment

SOMEBODY = "a member of the team"
# Rows and values from the tables, and who did what; the names of people go by `masking` besides.
KEPT_HERE = ("samples", "segments", "segment_column", "taken_by", "taken_at", "because", "generated", "combined")
LEFT_OUT = ("Checked",)
NAMED = ("table", "connection", "rule", "channel", "team", "other", "segment_column")
COLUMNS = ("added", "removed", "changed", "renamed", "columns")
SHOWN = 15
NAME_LIMIT, COLUMN_LIMIT = 60, 36


@record
class Happened:
    """One incident of a period. `ended` is empty while it is open."""

    number: int
    facts: Facts
    severity: str
    began: str
    ended: str


@record
class Changed:
    """One entry of the audit, as a sentence; `name` is what was changed."""

    number: int
    at: str
    sentence: str
    name: str


@speaking(ENGLISH)
def incident_facts(*, facts: Facts, severity: str, kind: str, taken: bool) -> dict[str, Any]:
    """What is said of one incident. `kind` is opened, reopened or resolved; `taken`: somebody takes care of it."""
    facts = shortened(facts)
    text = _text(facts, kind=kind, severity=severity)
    who = f"It was acknowledged by {SOMEBODY}." if taken else "Nobody has acknowledged it yet."
    since = f"It has been open since {moment(facts, 'opened_at')}. " if facts.get("opened_at") else ""
    return {
        "what happened": text.headline,
        "state": "It is over." if kind == "resolved" else f"{since}{who}",
        **{name: value for name, value in text.details if name not in LEFT_OUT},
        **_groups(facts),
        "names": names_in(facts),
    }


def shortened(facts: Facts) -> dict[str, Any]:
    """The facts with names so short that no text cuts them: a name is known again only as a whole."""
    short = {name: clean(facts[name], NAME_LIMIT) for name in NAMED if facts.get(name)}
    columns = {name: _short_columns(facts[name]) for name in COLUMNS if facts.get(name)}
    return {**facts, **short, **columns}


def _short_columns(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_short_columns(each) for each in value]
    return clean(value, COLUMN_LIMIT)


def names_in(facts: Facts) -> list[str]:
    """What people outside named: whatever stands in these is a name, and no statement."""
    found = [str(facts[name]) for name in NAMED if facts.get(name)]
    for name in COLUMNS:
        found += [part for each in facts.get(name) or [] for part in _texts(each)]
    return list(dict.fromkeys(name for name in found if name.strip()))


@speaking(ENGLISH)
def period_facts(*, begins: str, ends: str, timezone: str, team: str, incidents: Sequence[Happened]) -> dict[str, Any]:
    """What is said of a period; times are ISO 8601."""
    return {
        "summary": period_plain(begins=begins, ends=ends, timezone=timezone, incidents=incidents),
        "incidents": [_happened(each, timezone) for each in incidents[:SHOWN]],
        "names": [team, *(name for each in incidents[:SHOWN] for name in names_in(shortened(each.facts)))],
    }


@speaking(ENGLISH)
def period_plain(*, begins: str, ends: str, timezone: str, incidents: Sequence[Happened]) -> str:
    """The same in the words of Midwatch."""
    began = sum(each.began > begins for each in incidents)
    ended = sum(bool(each.ended) for each in incidents)
    left = len(incidents) - ended
    at = {"begins": begins, "ends": ends, "timezone": timezone}
    still = (
        "Nothing was open at its end." if not left else f"{left:,} {'was' if left == 1 else 'were'} open at its end."
    )
    return (
        f"From {moment(at, 'begins')} to {moment(at, 'ends')}: {count(began, 'incident')} began and {ended:,} ended. "
        f"{still}"
    )


@speaking(ENGLISH)
def change_facts(*, begins: str, ends: str, timezone: str, changes: Sequence[Changed]) -> dict[str, Any]:
    """What is said of changes of the configuration; every sentence is held against the changes that it names."""
    return {
        "summary": changes_plain(begins=begins, ends=ends, timezone=timezone, changes=len(changes)),
        "entries": [
            {
                "id": f"#{each.number}",
                "when": moment({"at": each.at, "timezone": timezone}, "at"),
                "what": each.sentence,
            }
            for each in changes[:SHOWN]
        ],
        "names": [each.name for each in changes[:SHOWN]],
    }


@speaking(ENGLISH)
def changes_plain(*, begins: str, ends: str, timezone: str, changes: int) -> str:
    """How many changes there were, in the words of Midwatch."""
    at = {"begins": begins, "ends": ends, "timezone": timezone}
    made = f"{count(changes, 'change')} {'was' if changes == 1 else 'were'} made" if changes else "nothing was changed"
    return f"From {moment(at, 'begins')} to {moment(at, 'ends')}: {made}."


def _text(facts: Facts, *, kind: str, severity: str) -> wording.Text:
    kept = _sent(facts)
    if kept.get("by"):
        kept["by"] = SOMEBODY.capitalize()
    return wording.compose(kind=kind, facts=kept, severity=severity, repeated=False)


def _sent(facts: Facts) -> dict[str, Any]:
    return {name: value for name, value in shortened(facts).items() if name not in KEPT_HERE}


def _groups(facts: Facts) -> Mapping[str, str]:
    number = len(facts.get("segments") or [])
    return {"Broken for": f"{count(number, 'value')} of {facts.get('segment_column')}"} if number else {}


def _happened(each: Happened, timezone: str) -> dict[str, str]:
    at = {"began": each.began, "ended": each.ended, "timezone": timezone}
    return {
        "id": f"#{each.number}",
        "what": wording.title(facts=_sent(each.facts)),
        "severity": each.severity,
        "began": moment(at, "began"),
        "ended": moment(at, "ended") if each.ended else "it is still open",
    }


def _texts(value: Any) -> Iterable[str]:
    return [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
