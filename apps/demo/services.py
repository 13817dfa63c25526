"""The door of the demo: set it up, break its data, mend it, say how it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from apps.alerts.models import Channel
from apps.alerts.services import save_channel
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.demo import warehouse
from apps.demo.breaks import BREAKS, break_data, local, mend_data
from apps.demo.rulebook import RULES
from apps.demo.state import broken_in
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, request_check, save_rule
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member, ensure_team

TEAM = "Shop"
CONNECTION = "shop"
CHANNEL = "shop-mail"
MAIL_TO = "watch@shop.example"


def install(*, now: datetime, user: User) -> Team:
    """Make the warehouse, and the team Shop with `user` as its administrator, a connection, a channel and rules.

    What exists already stays as people have changed it; only the connection's path is set anew.
    """
    warehouse.ensure(warehouse.folder(), now=now)
    team = ensure_team(name=TEAM)
    add_member(team=team, user=user, role=Role.ADMINISTRATOR)
    connection = save_connection(
        team=team,
        name=CONNECTION,
        engine="duckdb",
        settings={"path": str(warehouse.file_in(warehouse.folder()))},
        instance=Connection.objects.filter(team=team, name=CONNECTION).first(),
    )
    channel = Channel.objects.filter(team=team, name=CHANNEL).first() or save_channel(
        team=team, name=CHANNEL, type="email", settings={"to": [MAIL_TO]}
    )
    present = set(Rule.objects.filter(team=team).values_list("name", flat=True))
    for rule in RULES:
        if rule.name not in present:
            draft = RuleDraft(
                name=rule.name,
                connection=connection,
                kind=rule.kind,
                table=rule.table,
                include=rule.include,
                settings=rule.settings,
                severity=rule.severity,
                channels=(channel,),
            )
            save_rule(team=team, draft=draft, now=now)
    return team


def is_installed() -> bool:
    """Whether the demo's connection is there. Who deletes it is rid of the demo: its loader does not start again."""
    return Connection.objects.filter(team__name=TEAM, name=CONNECTION).exists()


def break_shop(*, name: str, now: datetime, wait: Callable[[float], object] = time.sleep) -> list[str]:
    """Break the data in the way `name` (a key of BREAKS) and have it looked at. Returns what to tell the person.

    Raises WarehouseBusy.
    """
    warehouse.ensure(warehouse.folder(), now=now)
    done = break_data(warehouse.folder(), name=name, now=now, wait=wait)
    rule = Rule.objects.filter(team__name=TEAM, name=BREAKS[name].rule).first()
    if rule is None:
        return [done, f"No rule will notice: the team {TEAM} has no rule '{BREAKS[name].rule}'."]
    request_check(rule=rule, now=now)
    return [
        done,
        f"Expect within two minutes: an incident of the rule '{rule.name}' on the pages, and a mail to {MAIL_TO}.",
        "Undo it with `python manage.py demo mend`.",
    ]


def mend_shop(*, now: datetime, wait: Callable[[float], object] = time.sleep) -> list[str]:
    """Undo every break and have the data looked at. Returns what to tell the person. Raises WarehouseBusy."""
    done = mend_data(warehouse.folder(), now=now, wait=wait)
    if not done:
        return ["Nothing was broken, so there was nothing to mend."]
    for rule in Rule.objects.filter(team__name=TEAM):
        request_check(rule=rule, now=now)
    return [
        *done,
        "Expect within two minutes: the incidents resolve by themselves, and a mail says how long they lasted.",
    ]


def describe() -> list[str]:
    """How the demo stands, in sentences."""
    path = warehouse.file_in(warehouse.folder())
    if not path.exists():
        return ["The demo has no warehouse yet. `python manage.py demo load --once` makes it."]
    broken = broken_in(warehouse.folder())
    lines = [f"The warehouse is {path} ({path.stat().st_size / 1e6:.1f} MB)."]
    lines += [f"Broken since {local(since)}: {name} ({BREAKS[name].tells})." for name, since in broken.items()]
    return lines if broken else [*lines, "Nothing is broken."]
