"""The audit as people search it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from apps.changes.models import Act, AuditEntry
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.permissions import Act as Doing
from apps.teams.permissions import Grant

CHUNK = 2_000


@record
class Search:
    """What somebody looks for. Empty fields match everything; days are meant in the person's zone."""

    words: str = ""
    act: str = ""
    team: int | None = None
    begins: date | None = None
    ends: date | None = None
    model: str = ""
    object_id: str = ""


def read_search(given: dict[str, str]) -> Search:
    """The search of a page or a request. Raises InvalidInput for a day, a team or an act that is none."""
    team = given.get("team", "")
    if team and not team.isdecimal():
        raise InvalidInput("Choose a team by its number.", field="team")
    if given.get("act") and given["act"] not in Act.values:
        raise InvalidInput(f"Choose one of {', '.join(Act.values)}.", field="act")
    return Search(
        words=given.get("q", "").strip(),
        act=given.get("act", ""),
        team=int(team) if team else None,
        begins=_day(given.get("begins", ""), "begins"),
        ends=_day(given.get("ends", ""), "ends"),
        model=given.get("model", ""),
        object_id=given.get("object", ""),
    )


def visible(grant: Grant) -> QuerySet[AuditEntry]:
    """What a person may read: who configures a team reads what was done to it; who may do everything reads all, also
    who signed in."""
    rows = AuditEntry.objects.all()
    return rows if grant.everything else rows.filter(team_id__in=grant.team_ids(Doing.CONFIGURE))


def found(rows: QuerySet[AuditEntry], search: Search, zone: ZoneInfo) -> QuerySet[AuditEntry]:
    """Those of `rows` that `search` looks for, the newest first."""
    for word in search.words.split():
        rows = rows.filter(Q(sentence__icontains=word) | Q(actor__icontains=word) | Q(reason__icontains=word))
    if search.act:
        rows = rows.filter(act=search.act)
    if search.team is not None:
        rows = rows.filter(team_id=search.team)
    if search.model:
        rows = rows.filter(model=search.model)
    if search.object_id:
        rows = rows.filter(object_id=search.object_id)
    if search.begins:
        rows = rows.filter(at__gte=datetime.combine(search.begins, time(), zone))
    if search.ends:
        rows = rows.filter(at__lt=datetime.combine(search.ends + timedelta(days=1), time(), zone))
    return rows.order_by("-at", "-pk")


def sealed() -> Iterator[AuditEntry]:
    """The chain, from its beginning."""
    rows: Iterable[AuditEntry] = AuditEntry.objects.exclude(number=None).order_by("number").iterator(CHUNK)
    return iter(rows)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"{text!r} is no day. Write it as 2026-03-31.", field=name) from None
