"""What was changed in a team during the last days, in sentences for everybody; and what a language model made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.changes.models import Act, AuditEntry
from apps.common.records import record
from apps.summaries.models import GeneratedText, Purpose
from apps.summaries.texts import Changed, Request, ask_for, change_facts, changes_plain, is_on
from apps.teams.models import Team, User

SHOWN = 100
SPANS = (1, 7, 30)  # days
DONE = (Act.ADDED, Act.CHANGED, Act.DELETED, Act.UNDONE)
SOMEBODY = "A member of the team"


@record
class Log:
    """The changes of a team in a span of days, the newest first; `text` stands below `plain`."""

    team: Team
    days: int
    begins: datetime
    ends: datetime
    entries: list[AuditEntry]
    changes: int
    plain: str
    text: GeneratedText | None
    may_ask: bool


def read_log(team: Team, days: int, now: datetime) -> Log:
    """The log of `team`; a fixed number of statements."""
    begins = now - timedelta(days=days)
    rows = _rows(team, begins)
    entries, changes = list(rows[:SHOWN]), rows.count()
    kept = {"begins": begins.isoformat(), "ends": now.isoformat(), "timezone": team.timezone}
    wanted = is_on() and team.generated_summaries and bool(entries)
    text = _text(team, days, entries) if wanted else None
    plain = changes_plain(**kept, changes=changes)
    return Log(team, days, begins, now, entries, changes, plain, text, may_ask=wanted and text is None)


def ask_for_log(log: Log, *, now: datetime) -> GeneratedText:
    """Have a text written about the log; it comes within a minute, where the model answers."""
    kept = {"begins": log.begins.isoformat(), "ends": log.ends.isoformat(), "timezone": log.team.timezone}
    changed = [
        Changed(each.pk, each.at.isoformat(), each.sentence.replace(each.actor, SOMEBODY), each.object_name)
        for each in log.entries
    ]
    request = Request(
        purpose=Purpose.CHANGES,
        team_id=log.team.pk,
        subject_id=0,
        occasion=_occasion(log.days, log.entries),
        language=log.team.language,
        facts=change_facts(**kept, changes=changed),
        plain=log.plain,
        people=[*{each.actor for each in log.entries}, *_people(log.team)],
    )
    return ask_for(request, now=now)


def _rows(team: Team, begins: datetime) -> QuerySet[AuditEntry]:
    """What was done to what the team watches with; who may do what is for the audit."""
    rows = AuditEntry.objects.filter(team_id=team.pk, at__gt=begins, act__in=DONE)
    return rows.exclude(model__startswith="teams.").order_by("-at", "-pk")


def _occasion(days: int, entries: Sequence[AuditEntry]) -> str:
    """The same until something is changed again."""
    return f"{days}-days-to-{max(each.pk for each in entries)}-from-{min(each.pk for each in entries)}"


def _text(team: Team, days: int, entries: Sequence[AuditEntry]) -> GeneratedText | None:
    known = GeneratedText.objects.filter(purpose=Purpose.CHANGES, team_id=team.pk, occasion=_occasion(days, entries))
    return known.first()


def _people(team: Team) -> list[str]:
    rows = User.objects.filter(memberships__team=team.pk).values_list("name", "email")
    return [name for pair in rows for name in pair if name]
