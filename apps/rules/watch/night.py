"""What happened since a person was last here, on one screen."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentStatus
from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.rules.models import Check, Rule, RuleState, Verdict
from apps.rules.watch.broken import OPEN_FIRST, WORST_FIRST, ended_words, leads
from apps.rules.watch.visits import Since
from apps.teams.permissions import Grant, allowed

LINES = 10
COUNTED = 100_000  # checks; more are not counted one by one


@record
class Line:
    """An incident of that time: how long it lasted, and how it ended."""

    incident: Incident
    lasted: str
    ended: str
    over: bool


@record
class Night:
    """What happened since `since`. `open_before`: incidents from before that are still open."""

    since: Since
    lines: list[Line]
    began: int
    over: int
    open_before: int
    checks: int
    tables: int
    broken: int
    unknown: int
    sent: int
    failed: int

    @property
    def more(self) -> int:
        return self.began - len(self.lines)

    @property
    def sentence(self) -> str:
        """`3 incidents, 2 over; 1,204 checks; all 118 tables are as they should be.`"""
        return f"{_incidents_words(self.began, self.over)}; {_checks_words(self.checks)}; {self._tables_words()}."

    def _tables_words(self) -> str:
        if not self.tables:
            return "no table is watched yet"
        bad = [f"{self.broken:,} broken"] if self.broken else []
        bad += [f"{self.unknown:,} not checked"] if self.unknown else []
        if bad:
            return f"of {self.tables:,} tables now {' and '.join(bad)}"
        return (
            f"all {self.tables:,} tables are as they should be" if self.tables > 1 else "the table is as it should be"
        )

    @property
    def messages(self) -> str:
        """`5 messages went out, 1 was given up.` Tests are not counted."""
        sent = f"{self.sent:,} {'message' if self.sent == 1 else 'messages'} went out"
        return (
            f"{sent}, {self.failed:,} {'was' if self.failed == 1 else 'were'} given up." if self.failed else f"{sent}."
        )


def read_night(grant: Grant, since: Since, now: datetime) -> Night:
    """Read it in five statements."""
    found = leads(grant)
    still = ~Q(status=IncidentStatus.RESOLVED)
    counts = found.filter(Q(opened_at__gte=since.at) | still).aggregate(
        began=Count("pk", filter=Q(opened_at__gte=since.at)),
        over=Count("pk", filter=Q(opened_at__gte=since.at, status=IncidentStatus.RESOLVED)),
        open_before=Count("pk", filter=Q(opened_at__lt=since.at)),
    )
    rows = found.filter(opened_at__gte=since.at).select_related("assigned_to", "acknowledged_by", "resolved_by")
    lines = [_line(row, now) for row in rows.order_by(OPEN_FIRST, WORST_FIRST, "-opened_at")[:LINES]]
    return Night(
        since=since, lines=lines, checks=_checks(grant, since), **counts, **_tables(grant), **_sent(grant, since)
    )


def _line(incident: Incident, now: datetime) -> Line:
    over = incident.status == IncidentStatus.RESOLVED
    lasted = elapsed_words((incident.resolved_at or now) - incident.opened_at)
    return Line(incident, lasted, ended_words(incident, now), over)


def _checks(grant: Grant, since: Since) -> int:
    states = RuleState.objects.filter(rule__in=allowed(Rule.objects.order_by(), grant))
    return Check.objects.filter(state__in=states, at__gte=since.at).order_by()[: COUNTED + 1].count()


def _tables(grant: Grant) -> dict[str, int]:
    """How many tables are watched, and how many of them have a rule that is broken, or could not be checked."""
    rules = allowed(Rule.objects.filter(paused=False), grant).order_by()
    states = RuleState.objects.filter(rule__in=rules).exclude(table="").order_by()
    rows = states.values("connection_id", "schema", "table").annotate(
        bad=Count("pk", filter=Q(verdict=Verdict.BREACHED)), blind=Count("pk", filter=Q(verdict=Verdict.UNKNOWN))
    )
    found = [(row["bad"], row["blind"]) for row in rows]
    broken = sum(bad > 0 for bad, _ in found)
    return {"tables": len(found), "broken": broken, "unknown": sum(blind > 0 and not bad for bad, blind in found)}


def _sent(grant: Grant, since: Since) -> dict[str, int]:
    rows = allowed(Delivery.objects.filter(due_at__gte=since.at), grant, team="channel__team").order_by()
    return rows.exclude(kind=DeliveryKind.TEST).aggregate(
        sent=Count("pk", filter=Q(status=DeliveryStatus.SENT)), failed=Count("pk", filter=Q(status=DeliveryStatus.DEAD))
    )


def _incidents_words(began: int, over: int) -> str:
    if not began:
        return "no new incidents"
    count = f"{began:,} {'incident' if began == 1 else 'incidents'}"
    how = "over" if began == over == 1 else "all over" if began == over else f"{over:,} over" if over else "none over"
    return f"{count}, {how if began > 1 or over else 'not over'}"


def _checks_words(checks: int) -> str:
    if checks > COUNTED:
        return f"more than {COUNTED:,} checks"
    return f"{checks:,} {'check' if checks == 1 else 'checks'}" if checks else "no checks"
