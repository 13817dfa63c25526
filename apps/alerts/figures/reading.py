"""The figures of teams and of rules, read in one statement however many incidents there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.alerts.figures.record import Figures, Life, figures_of
from apps.alerts.models import Incident
from apps.common.months import Month
from apps.common.records import record

FIELDS = (
    "opened_at", "facts__opened_at", "team__timezone", "began_at", "notified_at", "acknowledged_at", "resolved_at",
    "outcome", "merged_into", "reopened",
)  # fmt: skip
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
class Table:
    """The teams by name, and their rules with the most incidents first."""

    teams: list[Standing]
    rules: list[Standing]


def read_figures(incidents: QuerySet[Incident], month: Month) -> Table:
    """The figures of `incidents` that opened in the month or the one before."""
    rows = incidents.filter(opened_at__gte=month.before.begins, opened_at__lt=month.ends).order_by("opened_at", "pk")
    by_team: dict[str, list[Life]] = defaultdict(list)
    by_rule: dict[tuple[str, int | None], list[Life]] = defaultdict(list)
    names: dict[int | None, str] = {None: NO_RULE}
    zones: dict[str, ZoneInfo] = {}
    for team, rule_id, rule, *values in rows.values_list("team__name", "rule_id", "facts__rule", *FIELDS):
        life = _life(values, zones)
        by_team[team].append(life)
        by_rule[team, rule_id].append(life)
        if rule_id:
            names[rule_id] = rule or f"Rule {rule_id}"  # the last name that it had
    teams = [_standing(team, "", None, lives, month) for team, lives in sorted(by_team.items())]
    rules = [_standing(team, names[pk], pk, lives, month) for (team, pk), lives in by_rule.items()]
    return Table(teams, sorted(rules, key=_place))


def _life(values: Sequence[Any], zones: dict[str, ZoneInfo]) -> Life:
    opened_at, started, zone, began_at, notified_at, acknowledged_at, resolved_at, outcome, lead, reopened = values
    zones.setdefault(zone, ZoneInfo(zone))
    return Life(
        opened_at=opened_at,
        started_at=datetime.fromisoformat(started) if started else opened_at,
        zone=zones[zone],
        began_at=began_at,
        notified_at=notified_at,
        acknowledged_at=acknowledged_at,
        resolved_at=resolved_at,
        outcome=outcome,
        is_part=lead is not None,
        reopened=reopened,
    )


def _standing(team: str, rule: str, rule_id: int | None, lives: Iterable[Life], month: Month) -> Standing:
    months: dict[bool, list[Life]] = {True: [], False: []}
    for life in lives:
        months[life.opened_at >= month.begins].append(life)
    return Standing(team, rule, rule_id, figures_of(months[True]), figures_of(months[False]))


def _place(standing: Standing) -> tuple[Any, ...]:
    """The most incidents first, those about no rule last."""
    this, last = standing.this, standing.last
    return (standing.rule_id is None, -this.incidents, -last.incidents, standing.team, standing.rule)
