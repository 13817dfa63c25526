"""Presets: what a sort of firm watches, fitted to the tables that are there. The presets themselves are data, in
`presets.toml` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from apps.common.errors import NotFoundNearby
from apps.common.records import record
from apps.connections.services import Column
from apps.rules.suggest.proposal import Proposal
from apps.rules.suggest.proposals import Store, arrival_column
from apps.rules.suggest.ranking import Suggestion
from apps.rules.suggest.signs import DETAILS, FRAMES, words_of

FILE = Path(__file__).with_name("presets.toml")
NEVER = "null"  # TOML has no word for a limit that is switched off


@record
class PresetRule:
    """One rule of a preset. `words` are what the name of a table that it fits is about; `row` is where its values come
    from; `timezone`: the clock that is meant (empty: that of the connection)."""

    title: str
    words: tuple[str, ...]
    kind: str
    settings: Mapping[str, Any]
    severity: str
    row: str
    timezone: str = ""


@record
class Preset:
    key: str
    label: str
    tells: str
    rules: tuple[PresetRule, ...]


@record
class Fitted:
    """A rule of a preset on a table of the connection. Without a proposal, `problem` says why."""

    rule: PresetRule
    table: Suggestion | None = None
    proposal: Proposal | None = None
    problem: str = ""


@cache
def presets() -> Mapping[str, Preset]:
    """By key, in the order of the file."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        key: Preset(key, entry["label"], entry["tells"], tuple(_rule(each) for each in entry["rules"]))
        for key, entry in data.items()
    }


def preset_of(key: str) -> Preset:
    """Raises NotFoundNearby."""
    if key not in presets():
        raise NotFoundNearby(f"There is no preset {key!r}: {', '.join(presets())}.", key, presets(), field="preset")
    return presets()[key]


def _rule(entry: Mapping[str, Any]) -> PresetRule:
    settings = {name: None if value == NEVER else value for name, value in entry["settings"].items()}
    return PresetRule(**{**entry, "words": tuple(entry["words"]), "settings": settings})


def best_table(rule: PresetRule, ranked: Sequence[Suggestion]) -> Suggestion | None:
    """The table that the rule is meant for: of those whose name is about it the one that ranks highest, what is a copy
    or a stage last. None: no name says so."""
    fitting = [(place, each) for place, each in enumerate(ranked) if _about(rule, each) is not None]
    found = min(fitting, key=lambda each: (each[1].doubtful, _about(rule, each[1]), each[0]), default=None)
    return found[1] if found else None


def _about(rule: PresetRule, suggestion: Suggestion) -> int | None:
    """How far the name is from the rule: the place of its head among the rule's words, a detail (order_items) later.
    None: it is about something else."""
    words = [word for word in words_of(suggestion.table.name.name) if word not in FRAMES or word in rule.words]
    if not words or words[-1] not in rule.words:
        return None
    detail = bool(DETAILS & set(words_of(suggestion.table.name.name))) or len(words) > 1
    return rule.words.index(words[-1]) + len(rule.words) * detail


def fit(rule: PresetRule, suggestion: Suggestion | None, columns: Sequence[Column], store: Store) -> Fitted:
    """The rule on this table. Its limits stay as they are; the column is the table's own."""
    if suggestion is None:
        *words, last = rule.words
        return Fitted(rule, problem=f"No table here has a name about {', '.join(words)} or {last}.")
    settings = dict(rule.settings)
    if rule.kind == "volume" or suggestion.table.is_view or not store.tells_changes:
        column = arrival_column(columns) or (_timed(columns) if rule.kind == "freshness" else None)
        if column is None:
            return Fitted(rule, suggestion, problem=f"{suggestion.table.name} has no column that tells when rows came.")
        settings["column"] = column.name
    return Fitted(rule, suggestion, Proposal(rule.kind, f"{rule.title}: as in the preset.", settings))


def _timed(columns: Sequence[Column]) -> Column | None:
    return next((column for column in columns if column.time), None)
