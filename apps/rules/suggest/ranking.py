"""Which tables to watch: the tables of a catalogue, ranked by what they seem to be worth, each with the reason.

Pure. Points come from four things that a catalogue tells: the name, the size, how recently the table changed and how
often. What the store does not tell counts as middling, so that it neither makes nor breaks a table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from math import log1p

from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.suggest.candidates import Candidate, Rhythm
from apps.rules.suggest.signs import Caution, NameSigns, signs_of

FEWEST, MOST = 5, 10  # how many tables a person is advised to begin with
KEPT_SHARE = 0.75  # of the best table's points: what lies below is advised only to make up the fewest,
LEAST_SHARE = 0.4  # and what lies below this never
LARGEST = 5  # the largest tables are named as such
NAME_POINTS, SIZE_POINTS, UNKNOWN_SIZE = 30, 30, 12
FINISHED_POINTS, RAW_POINTS, VIEW_POINTS = 8, -12, -20


@record
class Suggestion:
    """A table in its place. `points` by part; their sum is the score. `doubtful`: something speaks against the table,
    or nothing for it. `advised`: it is among those to begin with."""

    table: Candidate
    points: Mapping[str, float]
    reason: str
    rhythm: Rhythm
    doubtful: bool = False
    advised: bool = False

    @property
    def score(self) -> float:
        return round(sum(self.points.values()), 1)

    @property
    def placed(self) -> bool:
        """Whether its place says anything: a trifle is not the first to watch because all others are watched."""
        return not self.table.watched_by and "small" not in self.points


@record
class _Around:
    """What a table is seen beside: the largest size, the place by size of those that are large, and whether all are
    views."""

    largest: float
    places: Mapping[TableName, int] = field(default_factory=dict)
    only_views: bool = False


def rank(tables: Collection[Candidate], *, now: datetime) -> list[Suggestion]:
    """All tables that are there, the one most worth watching first; those that are watched already come after the
    others. Equal ones stand in the order of their names."""
    there = [table for table in tables if not table.gone]
    around = _around(there)
    return _advise(sorted((_judge(table, around, now) for table in there), key=_place))


def _place(suggestion: Suggestion) -> tuple[bool, float, TableName]:
    return bool(suggestion.table.watched_by), -suggestion.score, suggestion.table.name


def _advise(ranked: list[Suggestion]) -> list[Suggestion]:
    """Mark those to begin with. Tables that are watched already count among them."""
    watched = sum(bool(each.table.watched_by) for each in ranked)
    best = max((each.score for each in ranked), default=0)
    unwatched = [each for each in ranked if not each.doubtful and not each.table.watched_by]
    chosen = {
        each.table.name
        for place, each in enumerate(unwatched[: max(0, MOST - watched)], start=watched)
        if each.score >= best * (LEAST_SHARE if place < FEWEST else KEPT_SHARE)
    }
    return [replace(each, advised=True) if each.table.name in chosen else each for each in ranked]


def _around(tables: Sequence[Candidate]) -> _Around:
    sizes = sorted((-table.size, table.name) for table in tables if table.size and not table.is_view)
    small = {table.name for table in tables if table.small}
    large = enumerate((name for _, name in sizes[:LARGEST]), start=1) if len(sizes) > LARGEST else ()
    return _Around(
        largest=-sizes[0][0] if sizes else 0,
        places={name: place for place, name in large if name not in small},
        only_views=all(table.is_view for table in tables),
    )


def _judge(table: Candidate, around: _Around, now: datetime) -> Suggestion:
    signs, rhythm = signs_of(table.name), table.rhythm(now)
    cautions = _cautions(table, signs, rhythm)
    points: dict[str, float] = {
        "name": signs.worth * NAME_POINTS,
        "size": _size_points(table, around),
        "recency": rhythm.recency_points,
        "rhythm": rhythm.points,
        "layer": FINISHED_POINTS * signs.finished + RAW_POINTS * signs.raw,
        "view": VIEW_POINTS if table.is_view and not around.only_views else 0,
    }
    points |= {caution.part: caution.points for caution in cautions}
    told = {part: round(value, 1) for part, value in points.items() if value}
    silent = not signs.about and table.size is None and rhythm.quiet_for is None
    reason = _reason(table, signs, rhythm, around, cautions)
    return Suggestion(table, told, reason, rhythm, doubtful=silent or bool(cautions))


def _size_points(table: Candidate, around: _Around) -> float:
    """On a logarithm: ten times the rows are worth the same step, whatever the store holds."""
    if table.size is None or not around.largest:
        return UNKNOWN_SIZE
    return SIZE_POINTS * min(1.0, log1p(table.size) / log1p(around.largest))


def _cautions(table: Candidate, signs: NameSigns, rhythm: Rhythm) -> list[Caution]:
    found = [signs.caution] if signs.caution else []
    if table.size == 0 and not table.is_view:
        found.append(Caution("empty", -50, "It is empty."))
    elif table.small and not table.is_view and not signs.about and not signs.caution:
        found.append(Caution("small", -20, f"Small: {table.size_words}."))
    if table.unread:
        found.append(Caution("unread", -40, "Its columns could not be read."))
    if rhythm.dormant:
        found.append(Caution("dormant", -40, rhythm.dormant_words))
    return found


def _reason(table: Candidate, signs: NameSigns, rhythm: Rhythm, around: _Around, cautions: Sequence[Caution]) -> str:
    """In whole sentences, the weightiest first."""
    told = [caution.sentence for caution in cautions]
    if signs.about and not signs.caution:
        verb = "it holds" if signs.worth > 0.5 else "it has to do with"
        told.append(f"By its name {verb} {signs.about}{', made for reports' if signs.finished else ''}.")
    said = any(caution.part == "small" for caution in cautions)
    size = "" if said else _size_words(table, around.places.get(table.name))
    measured = [size, "" if rhythm.dormant else rhythm.words]
    if known := ", ".join(words for words in measured if words):
        told.append(f"{known[:1].upper()}{known[1:]}.")
    if table.is_view:
        told.append("A view: the data store does not tell when it changes.")
    elif not known and not cautions:
        told.append("The data store tells neither its size nor when it changes.")
    return " ".join(told)


def _size_words(table: Candidate, place: int | None) -> str:
    """`one of the 5 largest tables (4.2 million rows)`"""
    if place is None or not table.size:
        return table.size_words if table.size else ""
    which = "the largest table" if place == 1 else f"one of the {LARGEST} largest tables"
    return f"{which} ({table.size_words})"
