"""Which rows a rule looks at: those for which a condition holds, apart for each value of a column. Works with every
kind that reads rows: the kind itself judges one lot of rows and knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

from apps.common.errors import InvalidInput, NotFoundNearby
from apps.connections.services import Column
from apps.rules.kinds.contract import Judgement, Known, Subject
from apps.rules.kinds.wants import EVERYTHING, MOST_SEGMENTS, DataWant, ListColumns, Scope, Want
from apps.rules.shaping.wrapping import Wrapped

SHOWN = 5
NO_VALUE = "no value"
Key = str | None
CONDITION = "apps.rules.shaping.condition.check_condition"
# What such a condition holds for changes although nothing is written.
MOVING = re.compile(
    r"\b(now|current_\w+|today|getdate|sysdate|random|rand|local\w*|\w*_timestamp|unix_\w+|age)\b", re.IGNORECASE
)


class Scoped(Wrapped):
    """A kind that looks at some of the rows."""

    @property
    def scope(self) -> Scope:
        scope: Scope = self.settings.scope
        return scope

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        by, names = self.scope.by, [column.name for column in columns]
        if by and names and by not in names:
            field = "by" if getattr(self.settings, "by", None) == by else "each"
            raise NotFoundNearby(f"{subject.table} has no column {by!r}.", by, names, field=field)
        # What the store tells of the table as a whole says nothing of some of its rows.
        self.inner.refuse(subject, columns, tells_changes=False)

    def refuse_sql(self, subject: Subject) -> None:
        self.inner.refuse_sql(subject)
        if self.scope.where:
            check = import_string(CONDITION)  # not at the start: a parser of SQL takes a tenth of a second to load
            try:
                check(self.scope.where, subject.dialect)
            except InvalidInput as error:
                raise InvalidInput(f"where: {error}", field="where") from error

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        if not self.scope.by:
            return self._scoped(self.inner.wants(subject, self._part(known, known.memory), now))
        lots = _recall(known.memory, self.scope.by) or {None: {}}
        wanted = dict.fromkeys(
            want for memory in lots.values() for want in self.inner.wants(subject, self._part(known, memory), now)
        )
        return self._scoped(wanted)

    def wants_more(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Sequence[Want]:
        if self.scope.by:
            return ()  # which rows break it is told by the value of the column
        plain = self._plain(answers)
        return self._scoped(self.inner.wants_more(subject, self._part(known, known.memory), plain, now))

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        if not self.scope.by:
            return self.inner.judge(
                subject, self._part(known, known.memory), self._plain(answers), now, accepted=accepted
            )
        before, read, plain = _recall(known.memory, self.scope.by), self._lots(answers), self._plain(answers)
        if len(read) > MOST_SEGMENTS:
            return _too_many(known, self.scope.by, len(read))
        found: dict[Key, Judgement] = {}
        for key in dict.fromkeys([*before, *read]):
            lot = {want: read.get(key, {}).get(want, _nothing(want)) for want in plain}
            found[key] = self._judge_lot(subject, self._part(known, before.get(key, {})), lot, now, accepted=accepted)
        if plain:
            _forget(found, gone=[key for key in before if key not in read])
        if len(found) > MOST_SEGMENTS:
            return _too_many(known, self.scope.by, len(found))
        if found:
            return combine(found, self.scope.by)
        # Without any row, it is as with an empty table of a rule that tells none apart; no value is remembered.
        nothing = {want: _nothing(want) for want in plain}
        empty = self._judge_lot(subject, self._part(known, {}), nothing, now, accepted=accepted)
        return replace(empty, memory={"by": self.scope.by, "lots": []})

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        where, by = self.scope.where, self.scope.by
        about = replace(subject, words=f"{subject} (only rows where {where})") if where else subject
        text = self.inner.sentence(about, {} if by else memory)
        return f"For each value of {by}: {text}" if by else text

    def _judge_lot(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        if all(want in answers for want in self.inner.wants(subject, known, now)):
            return self.inner.judge(subject, known, answers, now, accepted=accepted)
        # A value that was not there before: what is wanted for a first check is read at the next.
        return Judgement("learning", {}, reason="It was not seen before; it is judged from the next check on.")

    def _part(self, known: Known, memory: Mapping[str, Any]) -> Known:
        moving = bool(self.scope.where and MOVING.search(self.scope.where))
        unwritten = known.unwritten and not moving
        return Known(memory, unwritten, marks=known.marks, past=known.past, was_broken=known.was_broken)

    def _scoped(self, wants: Sequence[Want] | Mapping[Want, None]) -> list[Want]:
        return [want if isinstance(want, ListColumns) else replace(want, scope=self.scope) for want in wants]

    def _plain(self, answers: Mapping[Want, Any]) -> dict[Want, Any]:
        """The answers to what this rule asked, as the kind inside knows them."""
        own: dict[Want, Any] = {}
        for want, answer in answers.items():
            if isinstance(want, ListColumns):
                own[want] = answer
            elif want.scope == self.scope:
                own[_unscoped(want)] = answer
        return own

    def _lots(self, answers: Mapping[Want, Any]) -> dict[Key, dict[Want, Any]]:
        """The answers for each value."""
        lots: dict[Key, dict[Want, Any]] = {}
        for want, parts in self._plain(answers).items():
            if not isinstance(want, ListColumns):
                for key, answer in parts.items():
                    lots.setdefault(key, {})[want] = answer
        return lots


def _forget(found: dict[Key, Judgement], *, gone: Sequence[Key]) -> None:
    """Leave out values that no row has any more: where nothing can be said of them, and of the others that are fine
    the oldest, as far as there are too many. A value that must have rows stays as long as it is broken."""
    for key in gone:
        verdict, full = found[key].verdict, len(found) > MOST_SEGMENTS
        if verdict in ("unknown", "learning") or (full and verdict == "ok"):
            del found[key]


def combine(found: Mapping[Key, Judgement], by: str) -> Judgement:
    """One judgement for all values: the worst, with the names of those that are broken. One that is learned still keeps
    none of the others from being fine."""
    order = {"breached": 0, "unknown": 1, "ok": 2, "learning": 3}
    ranked = sorted(found, key=lambda key: (order[found[key].verdict], -_distance(found[key])))
    worst = found[ranked[0]]
    same = [key for key in ranked if found[key].verdict == worst.verdict]
    told = [key for key in ranked if found[key].verdict == "learning"] if worst.verdict == "ok" else same
    shown = [f"{by} {segment_words(key)}: {found[key].reason}".strip() for key in told[:SHOWN]]
    more = [f"and {len(told) - SHOWN:,} more values of {by}."] if len(told) > SHOWN else []
    facts = dict(worst.facts)
    if worst.verdict == "breached":
        facts |= {"segment_column": by, "segments": [segment_words(key) for key in same]}
    looks = [each.next_look_at for each in found.values() if each.next_look_at is not None]
    return replace(
        worst,
        memory={"by": by, "lots": [[key, dict(found[key].memory)] for key in found]},
        reason=" ".join(shown + more),
        facts=facts,
        readings=[replace(reading, segment=segment_words(key)) for key in found for reading in found[key].readings],
        next_look_at=min(looks, default=None),
    )


def segment_words(key: Key) -> str:
    return NO_VALUE if key is None else key[:100] or "an empty text"


def _distance(found: Judgement) -> float:
    """How far a value lies beyond its limits, as a share of them."""
    if found.measured is None:
        return 0.0
    beyond = [found.low - found.measured] if found.low is not None else []
    beyond += [found.measured - found.high] if found.high is not None else []
    scale = max(abs(line) for line in (found.low, found.high) if line is not None) if beyond else 1.0
    return max(beyond, default=0.0) / (scale or 1.0)


def _recall(memory: Mapping[str, Any], by: str) -> dict[Key, Mapping[str, Any]]:
    return dict(memory["lots"]) if memory.get("by") == by else {}


def _unscoped(want: DataWant) -> DataWant:
    return replace(want, scope=EVERYTHING)


def _nothing(want: Want) -> Any:
    """The answer where no row is left."""
    return None if isinstance(want, ListColumns) else want.nothing


def _too_many(known: Known, by: str, count: int) -> Judgement:
    reason = f"Column {by} has more than {MOST_SEGMENTS} values ({count:,}); choose some of them with a condition."
    return Judgement("unknown", known.memory, reason=reason)
