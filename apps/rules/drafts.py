"""A rule as somebody wants it: the one input of saving, whether it came from a form, the API or a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from apps.alerts.models import Channel
from apps.common.records import record
from apps.connections.models import Connection
from apps.teams.models import Member, Team


@record
class RuleDraft:
    """Either `table` or `include` names the tables. `settings` are the kind's, as YAML writes them. `max_bytes`: what a
    check of one table may be billed; None: what the connection allows. `people` are told beside the channels, or beside
    those to whom the team's routes lead; the `owner` answers for the table. `connections`: those of the team, by name,
    where they are not as they will be yet; None: as they are stored. `shared_with`: other teams, whose members may read
    it; None: as it is (a YAML file has no word for it)."""

    name: str
    connection: Connection
    kind: str
    table: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    severity: str = "medium"
    timezone: str = "UTC"
    channels: tuple[Channel, ...] = ()
    people: tuple[Member, ...] = ()
    owner: Member | None = None
    tags: tuple[str, ...] = ()
    paused: bool = False
    max_bytes: int | None = None
    connections: Mapping[str, Connection] | None = None
    shared_with: tuple[Team, ...] | None = None
