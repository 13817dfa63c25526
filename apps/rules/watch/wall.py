"""The watch on a wall: what is read from across a room. It shows itself anew, and says when it is stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.alerts.services import proven_at, troubles
from apps.common.records import record
from apps.rules.models import Rule
from apps.rules.overview import STATES, standings_of
from apps.rules.watch.broken import Broken, read_now
from apps.teams.models import Team
from apps.teams.permissions import Grant, allowed

LINES = 12  # as many as any screen has room for; the page hides what does not fit


class Count(NamedTuple):
    """How many rules are in a state."""

    state: str
    label: str
    rules: int


@record
class Wall:
    """Everything on the wall. `resting`: why Midwatch itself does not work, in clauses."""

    team: Team | None
    counters: list[Count]
    rows: list[Broken]
    total: int
    nobodys: int
    last_check_at: datetime | None
    proven_at: datetime | None
    resting: list[str]
    now: datetime
    zone: ZoneInfo

    @property
    def more(self) -> int:
        return self.total - len(self.rows)

    @property
    def state(self) -> str:
        """What colours the whole wall: the worst there is."""
        if self.resting:
            return "blind"
        return "breached" if self.total else "ok"


def read_wall(grant: Grant, team: Team | None, zone: ZoneInfo, now: datetime) -> Wall:
    """Read what is shown of one team, or of all that may be seen."""
    team_id = team.pk if team else None
    found = read_now(grant, most=LINES, team_id=team_id)
    counts, last = _rules(grant, team_id)
    return Wall(
        team=team,
        counters=[
            Count(state, label, counts.get(state, 0))
            for state, label in STATES.items()
            if counts.get(state) or state in ("breached", "unknown", "ok")
        ],
        rows=found.rows,
        total=found.total,
        nobodys=found.nobodys,
        last_check_at=last,
        proven_at=proven_at(),
        resting=[probe.title for probe in troubles(now=now, banner=True)],
        now=now,
        zone=zone,
    )


def _rules(grant: Grant, team_id: int | None) -> tuple[Mapping[str, int], datetime | None]:
    """How many rules are in each state, and when the last check was."""
    rules = allowed(Rule.objects.order_by(), grant)
    rules = rules if team_id is None else rules.filter(team_id=team_id)
    standings = standings_of(rules, dict(rules.values_list("pk", "paused"))).values()
    last = max((each.last_check_at for each in standings if each.last_check_at), default=None)
    return Counter(each.state for each in standings), last
