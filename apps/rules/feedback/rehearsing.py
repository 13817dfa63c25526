"""A rule tried with other settings on one past that is known: the backtest, for the sake of a proposal. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from apps.common.errors import InvalidInput
from apps.rules.backtest.outcome import Trial
from apps.rules.backtest.past import Past
from apps.rules.backtest.sought import Sought
from apps.rules.backtest.spoken import Spoken
from apps.rules.backtest.trying import rehearse
from apps.rules.feedback.candidates import better_aimed, longer_tolerance, looser_rows
from apps.rules.feedback.proposal import REPLAYED, Changes, is_quieter
from apps.rules.kinds.contract import Kind
from apps.rules.kinds.settings_words import changed_words
from apps.rules.shaping.making import make_kind

SECONDS = 1.0  # of a processor for one set of settings; then the newest part of the past has to do for all


@dataclass(frozen=True)
class Rehearsal:
    """`settings` are the rule's own, `kind` names its kind. `tried`: what came of changes, as JSON."""

    settings: Mapping[str, Any]
    kind: str
    sought: Sought
    past: Past
    spoken: Spoken
    tried: dict[str, Trial] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any], kind: str, sought: Sought, past: Past, spoken: Spoken) -> Rehearsal:
        """Try the rule as it is. Where that takes long, the others are tried on as much of the past. Raises NoPast."""
        present = rehearse(sought, past, spoken, SECONDS)
        if present.cut is not None:
            past = replace(past, since=present.cut)
        return cls(settings, kind, sought, past, spoken, {"{}": present})

    def trial_with(self, changes: Changes) -> Trial:
        """What would have come of the rule with these changes. Raises InvalidInput where it cannot have them."""
        key = json.dumps(dict(changes), sort_keys=True)
        if key not in self.tried:
            sought = replace(self.sought, kind=self._made(changes))
            self.tried[key] = rehearse(sought, self.past, self.spoken, 10 * SECONDS)
        return self.tried[key]

    def words(self, changes: Changes) -> str:
        """The changes, by the labels of the form."""
        return changed_words(self.sought.kind.settings, self._made(changes).settings, changes)

    def candidates(self) -> Iterator[Changes]:
        """Those that the rule can have, the least change first."""
        for changes in self._thought_of():
            try:
                self._made(changes)
            except InvalidInput:
                continue
            if changes:
                yield changes

    def _made(self, changes: Changes) -> Kind:
        return make_kind(self.kind, {**self.settings, **changes})

    def _thought_of(self) -> Iterator[Changes]:
        settings = self.sought.kind.settings
        tolerance = getattr(settings, "tolerance", None)
        if isinstance(tolerance, timedelta):
            before = self.trial_with({}).tally(REPLAYED)
            yield longer_tolerance(
                tolerance, lambda changes: is_quieter(self.trial_with(changes).tally(REPLAYED), before)
            )
            return
        aims: list[Changes] = [{}]
        if settings.column is not None:
            aims += better_aimed(settings.period, settings.against)
            yield from aims[1:]
        for aim in aims:
            try:
                yield {**aim, **looser_rows(settings.limits, self.trial_with(aim))}
            except InvalidInput:
                continue
