"""The figures of teams and of rules, read in one statement however many incidents there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, overload
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from apps.alerts.figures.record import Figures, Life, figures_of
from apps.alerts.models import Incident
from apps.common.months import Month
from apps.common.records import record

FIELDS = (
    "opened_at", "started", "team__timezone", "began_at", "notified_at", "acknowledged_at", "resolved_at", "outcome",
    "merged_into", "reopened",
)  # fmt: skip
NOTHING = (None, "", "null")  # SQLite calls what is empty in JSON "null"
NO_RULE = "Connections, and what is about no rule"


@record
class Standing:
    """A team, or a rule of it, in the month that was asked for and the one before. `rule` is empty for a whole team,
    and `rule_id` None for what no rule found."""

    team: str
    rule: str
    rule_id: int | None
    this: Figures
    last: Figures


@record
class Group:
    """The incidents of a team, or of a rule of it, in both months."""

    team: str
    rule: str
    rule_id: int | None
    this: list[Life]
    last: list[Life]

    @property
    def place(self) -> tuple[Any, ...]:
        """The most incidents first, those about no rule last."""
        counts = (-sum(not life.is_part for life in lives) for lives in (self.this, self.last))
        return (self.rule_id is None, *counts, self.team, self.rule)


class Standings(Sequence[Standing]):
    """Reckoned when they are asked for: a page shows a few of a thousand rules."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, place: int) -> Standing: ...
    @overload
    def __getitem__(self, place: slice) -> Standings: ...
    def __getitem__(self, place: int | slice) -> Standing | Standings:
        if isinstance(place, slice):
            return Standings(self._groups[place])
        of = self._groups[place]
        return Standing(of.team, of.rule, of.rule_id, figures_of(of.this), figures_of(of.last))


@record
class Table:
    """The teams by name, and their rules with the most incidents first."""

    teams: Standings
    rules: Standings


def read_figures(incidents: QuerySet[Incident], month: Month) -> Table:
    """The figures of `incidents` that opened in the month or the one before."""
    begins = month.begins
    rows = incidents.filter(opened_at__gte=month.before.begins, opened_at__lt=month.ends).order_by("opened_at", "pk")
    rows = rows.annotate(name=KT("facts__rule"), started=KT("facts__opened_at"))
    by_team: dict[str, Group] = {}
    by_rule: dict[tuple[str, int | None], Group] = {}
    names: dict[tuple[str, int | None], str] = {}
    zones: dict[str, ZoneInfo] = {}
    for team, rule_id, rule, *values in rows.values_list("team__name", "rule_id", "name", *FIELDS):
        life = _life(values, zones)
        named = (rule or f"Rule {rule_id}") if rule_id else NO_RULE
        of_team = by_team.setdefault(team, Group(team, "", None, [], []))
        of_rule = by_rule.setdefault((team, rule_id), Group(team, named, rule_id, [], []))
        names[team, rule_id] = named  # the last name that it had
        for group in (of_team, of_rule):
            (group.this if life.opened_at >= begins else group.last).append(life)
    teams = sorted(by_team.values(), key=lambda group: group.team)
    rules = [replace(group, rule=names[key]) for key, group in by_rule.items()]
    return Table(Standings(teams), Standings(sorted(rules, key=lambda group: group.place)))


def _life(values: Sequence[Any], zones: dict[str, ZoneInfo]) -> Life:
    opened_at, started, zone, began_at, notified_at, acknowledged_at, resolved_at, outcome, lead, reopened = values
    if zone not in zones:
        zones[zone] = ZoneInfo(zone)
    return Life(
        opened_at=opened_at,
        started_at=datetime.fromisoformat(started) if started not in NOTHING else opened_at,
        zone=zones[zone],
        began_at=began_at,
        notified_at=notified_at,
        acknowledged_at=acknowledged_at,
        resolved_at=resolved_at,
        outcome=outcome,
        is_part=lead is not None,
        reopened=reopened,
    )
