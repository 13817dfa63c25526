"""The page of a team's routing: its routes in their order, its escalations, and whose week it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from apps.alerts.models import Escalation, EscalationStep, Rotation, RotationMember, Route
from apps.alerts.routing.catchall import catch_all
from apps.alerts.routing.reading import weeks_of
from apps.alerts.routing.words import escalation_words, handover_words, matched_words, told_words
from apps.common.records import record
from apps.teams.models import Team, User


@record
class RouteLine:
    """`number` is its place; `first` and `last` say whether it can move no further."""

    route: Route
    number: int
    takes: str
    tells: str
    first: bool
    last: bool


@record
class Week:
    """`begins` is a time of the rotation's own zone; `person` is empty where nobody of the rotation is left; `runs`: it
    is this one."""

    person: str
    begins: str
    runs: bool


@record
class RotationLine:
    rotation: Rotation
    hands_over: str
    weeks: list[Week]

    @property
    def on_duty(self) -> str:
        """Whose week it is; empty before the first one, and where nobody is left."""
        return next((week.person for week in self.weeks if week.runs), "")


@record
class RoutingPage:
    team: Team
    routes: list[RouteLine]
    escalations: list[tuple[Escalation, list[str]]]
    rotations: list[RotationLine]


def read_routing(team: Team, *, now: datetime) -> RoutingPage:
    """Read the page of `team`. A team that has no catch-all yet gets it."""
    catch_all(team)
    routes = Route.objects.filter(team=team).order_by("catch_all", "position", "pk")
    routes = routes.select_related("rotation", "escalation").prefetch_related("channels", "people")
    steps = Prefetch("steps", EscalationStep.objects.select_related("rotation"))
    escalations = Escalation.objects.filter(team=team).prefetch_related(steps, "steps__channels", "steps__people")
    turns = Prefetch("turns", RotationMember.objects.select_related("user"))
    rotations = Rotation.objects.filter(team=team).prefetch_related(turns)
    return RoutingPage(
        team=team,
        routes=_lines(list(routes)),
        escalations=[(row, escalation_words(row)) for row in escalations],
        rotations=[RotationLine(row, handover_words(row), _weeks(row, now)) for row in rotations],
    )


def _lines(routes: list[Route]) -> list[RouteLine]:
    movable = sum(not route.catch_all for route in routes)
    return [
        RouteLine(
            route=route,
            number=number,
            takes=matched_words(route),
            tells=told_words(route),
            first=number == 1,
            last=number >= movable,
        )
        for number, route in enumerate(routes, 1)
    ]


def _weeks(rotation: Rotation, now: datetime) -> list[Week]:
    zone = ZoneInfo(rotation.timezone)
    people: dict[int, User] = {turn.user_id: turn.user for turn in rotation.turns.all()}
    return [
        Week(
            person=str(people[turn.person]) if turn.person is not None else "",
            begins=f"{turn.begins.astimezone(zone):%a %-d %b %Y, %H:%M}",
            runs=turn.begins <= now < turn.ends,
        )
        for turn in weeks_of(rotation, now=now)
    ]
