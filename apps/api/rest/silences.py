"""Silences over REST: mutes by operators, maintenance windows by managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Annotated, Any

from ninja import Body, Router, Status

from apps.alerts.models import Silence
from apps.alerts.services import SilenceDraft, end_silence, save_silence, silence_sentence
from apps.api.rest.callers import NEEDS, Caller, CallerRequest, Forbidden, reach
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, NotFoundNearby
from apps.connections.models import Connection
from apps.rules.models import Rule
from apps.teams.models import Team
from apps.teams.permissions import Act, teams_for

router = Router()
Payload = Annotated[dict[str, Any], Body()]
Reply = dict[str, Any]
SILENCES = Silence.objects.select_related("team", "owner")
KEYS = ("team", "kind", "reason", "rule", "connection", "tables", "tags", "starts_at", "ends_at", "timezone",
        "weekdays", "begins", "minutes")  # fmt: skip
ACTS = {"mute": Act.OPERATE, "maintenance": Act.CONFIGURE}


@router.get("")
def list_silences(request: CallerRequest, page: Paged, team: str | None = None) -> Reply:
    """Silences, newest first, also those that are over."""
    rows = SILENCES.filter(team__in=teams_for(request.auth.grant, Act.VIEW))
    return paged(request, rows.filter(team__name=team) if team else rows, page, _shown, newest_first=True)


@router.post("", response={201: Reply})
def create_silence(request: CallerRequest, payload: Payload) -> Status[Reply]:
    """A mute or a maintenance window."""
    for key in payload:
        if key not in KEYS:
            raise NotFoundNearby(f"{key!r} is not known here.", key, KEYS, field=key)
    kind = _text(payload, "kind") or "mute"
    team = _team(request.auth, payload.get("team"), ACTS.get(kind, Act.OPERATE))
    draft = _draft(payload, kind, team)
    silence = save_silence(team=team, draft=draft, owner=request.auth.user, now=utc_now())
    return Status(201, _shown([silence])[0])


@router.get("/{int:pk}")
def get_silence(request: CallerRequest, pk: int) -> Reply:
    return _shown([reach(SILENCES, request.auth, pk)])[0]


@router.post("/{int:pk}/end", response={200: Reply})
def end(request: CallerRequest, pk: int) -> Reply:
    """End it now: what was held back and is still broken is told. One that has not begun yet is taken away."""
    silence = reach(SILENCES, request.auth, pk)
    reach(SILENCES, request.auth, pk, ACTS[silence.kind])
    shown = _shown([silence])[0]
    end_silence(silence=silence, now=utc_now())
    return shown | {"ends_at": silence.ends_at}


def _draft(payload: Mapping[str, Any], kind: str, team: Team) -> SilenceDraft:
    return SilenceDraft(
        kind=kind,
        reason=_text(payload, "reason"),
        rule_id=_number(Rule, payload, "rule", team),
        connection_id=_number(Connection, payload, "connection", team),
        tables=_words(payload, "tables"),
        tags=_words(payload, "tags"),
        starts_at=_moment(payload, "starts_at"),
        ends_at=_moment(payload, "ends_at"),
        timezone=_text(payload, "timezone") or team.timezone,
        weekdays=_weekdays(payload),
        begins=_time(payload, "begins"),
        minutes=_whole(payload, "minutes"),
    )


def _team(caller: Caller, name: object, act: Act) -> Team:
    """The team that it is for: the named one, or the caller's only one."""
    seen = teams_for(caller.grant, Act.VIEW)
    seen = seen.filter(name=str(name)) if name is not None else seen
    teams = [team for team in seen if caller.grant.allows(act, team.pk)]
    if len(teams) == 1:
        return teams[0]
    if teams:
        raise InvalidInput("You may silence several teams. Say which one this is for.", field="team")
    if seen:
        raise Forbidden(NEEDS[act])
    raise InvalidInput(f"There is no team {str(name)!r}.", field="team")


def _number(model: type[Rule] | type[Connection], payload: Mapping[str, Any], key: str, team: Team) -> int | None:
    """The number of a rule or connection that is given by number or by name."""
    given = payload.get(key)
    if given is None:
        return None
    if isinstance(given, int):
        return given
    found = model._default_manager.filter(team=team, name=given).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput(f"The team {team} has no {key} named {given!r}.", field=key)
    return int(found)


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key, "")
    if not isinstance(value, str):
        raise InvalidInput(f"{key} must be text.", field=key)
    return value


def _words(payload: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = payload.get(key) or []
    if not isinstance(value, list):
        raise InvalidInput(f'{key} must be a list, such as ["sales.*"].', field=key)
    return tuple(value)


def _weekdays(payload: Mapping[str, Any]) -> tuple[int, ...]:
    value = payload.get("weekdays") or []
    if not isinstance(value, list) or any(isinstance(day, bool) or not isinstance(day, int) for day in value):
        raise InvalidInput("weekdays must be a list of numbers from 0 (Monday) to 6 (Sunday).", field="weekdays")
    return tuple(value)


def _whole(payload: Mapping[str, Any], key: str) -> int | None:
    value = payload.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidInput(f"{key} must be a whole number.", field=key)
    return value


def _moment(payload: Mapping[str, Any], key: str) -> datetime | None:
    text = _text(payload, key) if payload.get(key) is not None else ""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.tzinfo is None):
        raise InvalidInput(f"{key} must be a time with its zone, such as 2026-03-04T02:00:00+01:00.", field=key)
    return moment


def _time(payload: Mapping[str, Any], key: str) -> time | None:
    text = _text(payload, key) if payload.get(key) is not None else ""
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(f"{key} must be a time of day, such as 02:00.", field=key) from error


def _shown(silences: Sequence[Silence]) -> list[Reply]:
    rules = dict(Rule.objects.filter(pk__in={row.rule_id for row in silences}).values_list("pk", "name"))
    connections = dict(
        Connection.objects.filter(pk__in={row.connection_id for row in silences}).values_list("pk", "name")
    )
    return [_one(row, rules.get(row.rule_id or 0, ""), connections.get(row.connection_id or 0, "")) for row in silences]


def _one(row: Silence, rule: str, connection: str) -> Reply:
    return {
        "id": row.pk,
        "team": row.team.name,
        "kind": row.kind,
        "reason": row.reason,
        "owner": str(row.owner) if row.owner else None,
        "rule": rule or None,
        "connection": connection or None,
        "tables": row.tables,
        "tags": row.tags,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "timezone": row.timezone,
        "weekdays": row.weekdays,
        "begins": f"{row.begins:%H:%M}" if row.begins else None,
        "minutes": row.minutes,
        "sentence": silence_sentence(row, now=utc_now(), rule=rule, connection=connection),
    }
