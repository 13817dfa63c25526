"""The parts of the overview. Adding one is a line here, a function that reads, and a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import ENGINES
from apps.rules.costs.page import read_costs
from apps.rules.overview import Question
from apps.rules.watch.broken import read_now
from apps.rules.watch.cells import KEYS, SIGNS
from apps.rules.watch.heat import LENGTHS, read_heat
from apps.rules.watch.night import read_night
from apps.rules.watch.proof import read_proof
from apps.rules.watch.rulelist import read_rules
from apps.rules.watch.stores import read_stores
from apps.rules.watch.visits import since_words, visited
from apps.rules.watch.words import are_written, read_words
from apps.teams.models import Team, User
from apps.teams.permissions import Act, Grant, allowed, grant_of, teams_for

BROKEN = 8
Context = dict[str, Any]


class Seat:
    """Who looks at the overview, when, what they asked, and what is connected for them."""

    def __init__(self, user: User, asked: Mapping[str, str], now: datetime) -> None:
        self.user = user
        self.asked = asked
        self.now = now

    @cached_property
    def grant(self) -> Grant:
        return grant_of(self.user)

    @cached_property
    def member(self) -> bool:
        return self.grant.allows_anywhere(Act.VIEW)

    @cached_property
    def engines(self) -> frozenset[str]:
        """The engines of the connections that the person may see."""
        rows = allowed(Connection.objects.order_by(), self.grant).values_list("engine", flat=True)
        return frozenset(rows.distinct())

    @cached_property
    def teams(self) -> list[Team]:
        """The teams that the person may see."""
        return list(teams_for(self.grant, Act.VIEW))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.user.timezone)


@record
class Widget:
    """A part of the overview, with the address /watch/<key>/.

    `appears`: whether a person sees it. `read`: what its template shows. `every`: how often it is read anew, as htmx
    writes it; empty when it is not. `early`: it is part of the page that is sent first; the others are fetched.
    """

    key: str
    title: str
    appears: Callable[[Seat], bool]
    read: Callable[[Seat], Context]
    every: str = ""
    early: bool = False

    @property
    def template(self) -> str:
        return f"rules/watch/_{self.key}.html"

    @property
    def trigger(self) -> str:
        """When htmx fetches it anew. What is about a visit is fetched when the person comes back to the page."""
        back = "visibilitychange[document.visibilityState=='visible'] from:document throttle:60s"
        return f"every {self.every}" if self.every else back


def _connected(seat: Seat) -> bool:
    return bool(seat.engines or seat.grant.guests)


def _bills(seat: Seat) -> bool:
    return any(ENGINES[engine].bills_bytes for engine in seat.engines if engine in ENGINES)


def _now(seat: Seat) -> Context:
    return {"now": read_now(seat.grant, most=BROKEN), "read_at": seat.now}


def _night(seat: Seat) -> Context:
    since = visited(seat.user, seat.now)
    return {"night": read_night(seat.grant, since, seat.now), "since": since_words(since, seat.now)}


def _rules(seat: Seat) -> Context:
    return read_rules(seat.grant, Question.of(seat.asked), seat.now) | {"teams": seat.teams}


def _days(seat: Seat) -> Context:
    length = LENGTHS[1] if seat.asked.get("days") == str(LENGTHS[1]) else LENGTHS[0]
    heat = read_heat(seat.grant, length=length, zone=seat.zone, now=seat.now)
    keys = [(mark, SIGNS[mark], label) for mark, label in KEYS.items()]
    return {"heat": heat, "length": length, "lengths": LENGTHS, "keys": keys, "zone": seat.zone.key}


def _proof(seat: Seat) -> Context:
    return {"proof": read_proof(seat.grant)}


def _stores(seat: Seat) -> Context:
    return {"stores": read_stores(seat.grant)}


def _spending(seat: Seat) -> Context:
    return {"lines": [line for line in read_costs(seat.grant, seat.now) if line.bills][:BROKEN]}


def _words(seat: Seat) -> Context:
    return {"nights": read_words(seat.teams, seat.now)}


# In the order of the page.
WIDGETS: Mapping[str, Widget] = {
    widget.key: widget
    for widget in (
        Widget("now", "Broken now", _connected, _now, every="10s", early=True),
        Widget("night", "While you were away", _connected, _night),
        Widget("words", "Last night in short", lambda seat: are_written(seat.teams), _words),
        Widget("rules", "Every rule", lambda seat: True, _rules, every="5s", early=True),
        Widget("days", "Tables by day", _connected, _days, every="300s"),
        Widget("proof", "The watch itself", _connected, _proof, every="15s"),
        Widget("stores", "Connections", _connected, _stores, every="60s"),
        Widget("spending", "Spent on reading", _bills, _spending, every="300s"),
    )
}
