"""What a status page shows, reckoned from what was gathered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from zoneinfo import ZoneInfo

from apps.common.durations import elapsed_words
from apps.common.months import Month, month_of
from apps.common.records import record
from apps.common.walltime import midnight
from apps.rules.models import Verdict
from apps.status.choosing import Choice, Trouble, Watched, troubles_of, watched_by
from apps.status.episodes import Episode, episodes_of, joined
from apps.status.gathering import Gathered
from apps.status.sla import DAY, Life, Share, days_of, life_of, months_of
from apps.status.spans import Span, Spans, both, tidy
from apps.status.words import (
    ON_IT,
    State,
    day_state,
    day_words,
    label,
    moment_words,
    page_sentence,
    percent_words,
    span_words,
    trouble_words,
)

MONTHS = 12  # the present one included
EPISODES = 20


@record
class Asked:
    """A product as it is to be shown."""

    pk: int
    name: str
    description: str
    target: Decimal
    choice: Choice


@record
class MonthLine:
    """A month of a product. `met`: whether the target was held, None where nothing is known."""

    month: Month
    share: Share
    met: bool | None

    @property
    def percent(self) -> str:
        return percent_words(self.share.percent)

    @property
    def down(self) -> str:
        return elapsed_words(self.share.down) if self.share.down else "none"

    @property
    def unknown(self) -> str:
        return elapsed_words(self.share.unknown) if self.share.unknown else "none"


@record
class DayCell:
    """A day of the strip: its colour, and the day in words."""

    day: date
    share: Share
    state: str
    words: str


@record
class ProductBoard:
    """One product. `since`: since when it is as it is; `taken`: somebody is at work on its trouble; `incidents`: those
    that last, for members; `loaded_at`: when its data last changed, as far as that is known."""

    asked: Asked
    state: State
    label: str
    trouble: str
    since: datetime | None
    taken: bool
    loaded_at: datetime | None
    checked_at: datetime | None
    months: list[MonthLine]
    days: list[DayCell]
    episodes: list[Episode]
    incidents: list[int]
    watched: list[Watched]

    @property
    def bad_days(self) -> list[DayCell]:
        return [cell for cell in self.days if cell.state in ("down", "unknown")]


@record
class Board:
    """The whole page. `more`: how many episodes of the time are not listed."""

    now: datetime
    zone: ZoneInfo
    sentence: str
    state: State
    products: list[ProductBoard]
    episodes: list[Episode]
    more: int

    def when(self, moment: datetime | None) -> str:
        return moment_words(moment, self.zone, self.now) if moment else ""

    def lasted(self, episode: Episode) -> str:
        return span_words(episode.start, episode.end, self.zone, self.now)


def first_moment(zone: ZoneInfo, now: datetime) -> datetime:
    """The beginning of the earliest month that is shown."""
    return reduce(lambda month, _: month.before, range(MONTHS - 1), month_of(now, zone)).begins


def board_of(asked: Sequence[Asked], gathered: Gathered, *, zone: ZoneInfo, days: int, now: datetime) -> Board:
    """The page of these products, at `now`."""
    products = [_product(each, gathered, zone, days, now) for each in asked]
    standings = [
        (each.asked.name, each.state, each.trouble, moment_words(each.since, zone, now) if each.since else "")
        for each in products
    ]
    episodes = joined(episode for each in products for episode in each.episodes)
    return Board(
        now=now,
        zone=zone,
        sentence=page_sentence(standings, taken=any(each.taken for each in products if each.state is State.DOWN)),
        state=_worst(each.state for each in products),
        products=products,
        episodes=episodes[:EPISODES],
        more=max(0, len(episodes) - EPISODES),
    )


def _worst(states: Iterable[State]) -> State:
    order = list(State)
    return min(states, key=order.index, default=State.EMPTY)


def _product(asked: Asked, gathered: Gathered, zone: ZoneInfo, days: int, now: datetime) -> ProductBoard:
    mine = watched_by(asked.choice, gathered.watched)
    troubles = troubles_of(asked.choice, mine, gathered.troubles)
    life = _life(mine, gathered, troubles, now)
    state, units, since, incidents, taken = _standing(mine, troubles, life, now)
    trouble = trouble_words(units) if units else ""
    shown = midnight(now.astimezone(zone).date() - (days - 1) * DAY, zone)
    return ProductBoard(
        asked=asked,
        state=state,
        label=label(state, trouble),
        trouble=trouble,
        since=since,
        taken=taken,
        loaded_at=max((each.loaded_at for each in mine if each.loaded_at), default=None),
        checked_at=max((each.last_check_at for each in mine if each.last_check_at), default=None),
        months=[
            MonthLine(month, share, share.meets(asked.target)) for month, share in months_of(life, zone, now, MONTHS)
        ],
        days=[
            DayCell(day, share, day_state(share), day_words(day, share))
            for day, share in days_of(life, zone, now, days)
        ],
        episodes=episodes_of(asked.name, troubles, shown, now),
        incidents=incidents,
        watched=mine,
    )


def _life(mine: Sequence[Watched], gathered: Gathered, troubles: Sequence[Trouble], now: datetime) -> Life:
    first = min((each.first for each in mine if each.first), default=None)
    rules = {each.rule_id for each in mine}
    rests = [gathered.paused.get(rule_id, []) for rule_id in rules]
    rest: Spans = reduce(both, rests) if rests else []
    spans: dict[bool, list[Span]] = {True: [], False: []}
    for trouble in troubles:
        spans[trouble.unknown] += [Span(bout.start, min(bout.end or now, now)) for bout in trouble.bouts]
    return life_of(first=first, now=now, down=tidy(spans[False]), unknown=tidy(spans[True]), rest=rest)


def _standing(
    mine: Sequence[Watched], troubles: Sequence[Trouble], life: Life, now: datetime
) -> tuple[State, set[str], datetime | None, list[int], bool]:
    """State, units of what is wrong, since when, the incidents that last, and whether somebody has one of them."""
    lasting = [(each, bout) for each in troubles for bout in each.bouts if bout.end is None and bout.start <= now]
    for unknown, state in ((False, State.DOWN), (True, State.UNKNOWN)):
        now_bad = [(each, bout) for each, bout in lasting if each.unknown is unknown]
        if now_bad:
            units = set() if unknown else {each.unit for each, _ in now_bad}
            pks, taken = [bout.pk for _, bout in now_bad], any(bout.taken for _, bout in now_bad)
            return state, units, min(bout.start for _, bout in now_bad), pks, taken
    return _calm(mine), set(), _good_since(life), [], False


def _calm(mine: Sequence[Watched]) -> State:
    """The state of a product without trouble."""
    live = [each for each in mine if not each.paused]
    if not live:
        return State.PAUSED if mine else State.EMPTY
    verdicts = {each.verdict for each in live}
    if verdicts & {Verdict.OK, Verdict.BREACHED, Verdict.UNKNOWN}:
        return State.OK
    return State.LEARNING if Verdict.LEARNING in verdicts else State.EMPTY


def _good_since(life: Life) -> datetime | None:
    if not life.watched:
        return None
    ends = [spans[-1].end for spans in (life.down, life.unknown) if spans]
    return max([life.watched[-1].start, *ends])


def product_sentence(product: ProductBoard, board: Board) -> str:
    """The state of a product in a sentence: `Late since 06:10 CET; the team is on it.`"""
    since = f" since {board.when(product.since)}" if product.since and product.state is not State.EMPTY else ""
    on_it = ON_IT if product.taken and product.state is State.DOWN else ""
    return f"{product.label}{since}{on_it}."
