"""The first steps as they stand on the overview and on their own page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists

from apps.alerts.models import Route
from apps.alerts.services import catch_all
from apps.common.records import record
from apps.rules.firstrun.reading import read_progress, underway, whom_to_ask
from apps.rules.firstrun.steps import FirstRun, Progress, first_run
from apps.rules.watch.visits import away_for
from apps.teams.models import Team, User
from apps.teams.permissions import Act, Grant, teams_for

STAYS = timedelta(days=1)  # so long the overview says that a team is live


@record
class Card:
    """Everything that is shown of a team's first steps. `ask`: who may do what the person may not. `route`: where
    somebody is to be chosen, while the team has a channel and tells nobody."""

    team: Team
    run: FirstRun
    progress: Progress
    may_configure: bool
    may_operate: bool
    ask: list[str]
    route: Route | None


def card_for(user: User, grant: Grant, now: datetime) -> Card | None:
    """What the person's overview shows: the team that is not live yet, one that they may set up first. None when there
    is no such team, or when they put it away."""
    acts = (Act.VIEW,) if grant.everything or not grant.allows_anywhere(Act.CONFIGURE) else (Act.CONFIGURE, Act.VIEW)
    for act in acts:
        if team := underway(teams_for(grant, act).exclude(Exists(away_for(user))), live_since=now - STAYS):
            return read_card(team, grant)
    return None


def read_card(team: Team, grant: Grant) -> Card:
    """The steps of one team."""
    progress = read_progress(team)
    run = first_run(progress)
    may_configure = grant.allows(Act.CONFIGURE, team.pk)
    return Card(
        team=team,
        run=run,
        progress=progress,
        may_configure=may_configure,
        may_operate=grant.allows(Act.OPERATE, team.pk),
        ask=[] if may_configure or not run.next else whom_to_ask(team),
        route=catch_all(team) if progress.untold and may_configure else None,
    )
