"""What stands in a digest, read from the incidents and checks that the person may see: also those of shared rules.

The facts hold everything that the words need, since the mail may leave later, or a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, When

from apps.alerts.models import Incident, IncidentStatus, Outcome, Severity
from apps.alerts.services import Period, by_themselves
from apps.api.digests.nights import last_nights_facts
from apps.common.records import record
from apps.rules.models import Check, RuleState, Verdict
from apps.summaries.services import write_trouble
from apps.teams.models import Language, Team, User
from apps.teams.permissions import Act, allowed, grant_of

SHOWN = 12  # of each list: more is not read in two minutes
NOISY = 3  # alerts of one rule in a digest's time
OUTCOMES = {Outcome.FALSE_ALARM: "false alarm", Outcome.EXPECTED: "expected"}


def digest_facts(user: User, period: Period) -> dict[str, Any] | None:
    """The facts of the digest of `user`, in a fixed number of statements; None for whoever is in no team."""
    if not grant_of(user).allows_anywhere(Act.VIEW):
        return None
    leads = by_themselves(allowed(Incident.objects.all(), grant_of(user)), grant_of(user))
    still = _open(leads)
    ended = leads.filter(resolved_at__gt=period.begins, resolved_at__lte=period.ends).order_by("-resolved_at")
    began = leads.filter(opened_at__gt=period.begins, opened_at__lte=period.ends)
    counts, language = _checks(user, period), _language(user)
    return {
        "situation": "digest",
        "how": period.how,
        "timezone": user.timezone,
        "language": language,
        "person": str(user),
        "begins": period.begins.isoformat(),
        "event_at": period.ends.isoformat(),
        "severity": "low",
        "began": began.count(),
        "open": still.count(),
        "ended": ended.count(),
        "still_open": [_still_open(row, period, language) for row in still[:SHOWN]],
        "resolved": [_resolved(row, language) for row in ended.select_related("team", "resolved_by")[:SHOWN]],
        "noisy": _noisy(began),
        "teams": _by_team(counts),
        "tables": _by_table(counts),
        "tables_in_all": len({line.table for line in counts}),
        "nights": last_nights_facts(user, period.ends),
    }


def _language(user: User) -> str:
    """That of the person's teams, where they share one."""
    languages = set(Team.objects.filter(members__user=user).values_list("language", flat=True))
    return languages.pop() if len(languages) == 1 else Language.ENGLISH


@record
class Line:
    """Checks of one table with one verdict."""

    team: str
    table: str
    verdict: str
    checks: int


def _open(leads: QuerySet[Incident]) -> QuerySet[Incident]:
    """The worst first, and of those the oldest."""
    ranks = [When(severity=value, then=rank) for rank, value in enumerate(Severity.values)]
    rank = Case(*ranks, default=len(ranks), output_field=IntegerField())
    rows = leads.exclude(status=IncidentStatus.RESOLVED).select_related("team", "acknowledged_by", "assigned_to")
    return rows.order_by(rank, "opened_at")


def _still_open(row: Incident, period: Period, language: str) -> dict[str, Any]:
    who = row.assigned_to or row.acknowledged_by
    return {
        **_incident(row, language),
        "began": _began(row),
        "new": row.opened_at > period.begins,
        "who": str(who) if who else "",
        "snoozed_until": row.snoozed_until.isoformat() if row.snoozed_until else "",
        "snoozed": row.get_snooze_display() if row.snooze else "",
    }


def _resolved(row: Incident, language: str) -> dict[str, Any]:
    return {
        **_incident(row, language),
        "seconds": row.facts.get("duration_seconds"),
        "by": str(row.resolved_by) if row.resolved_by else "",
        "outcome": OUTCOMES.get(Outcome(row.outcome), "") if row.outcome else "",
    }


def _incident(row: Incident, language: str) -> dict[str, Any]:
    parts = row.facts.get("parts") or {}
    others = parts.get("total" if row.status == IncidentStatus.RESOLVED else "count", 0)
    title = write_trouble(facts=row.facts | {"language": language}, others=others)
    return {"number": row.pk, "title": title, "severity": row.get_severity_display(), "team": row.team.name}


def _began(row: Incident) -> str:
    return str(row.facts.get("opened_at") or row.opened_at.isoformat())


def _noisy(began: QuerySet[Incident]) -> list[dict[str, Any]]:
    """The rules that alerted most, where that was often: each return of an incident is an alert too."""
    wrong = Count("pk", filter=Q(outcome=Outcome.FALSE_ALARM))
    times = Count("pk") + Sum("reopened")
    of_rules = began.exclude(rule_id=None).order_by().values("rule_id", "facts__rule")
    rows = of_rules.annotate(times=times, wrong=wrong)
    often = sorted((row for row in rows if row["times"] >= NOISY), key=lambda row: -row["times"])
    return [{"rule": row["facts__rule"], "alerts": row["times"], "false_alarms": row["wrong"]} for row in often[:SHOWN]]


def _checks(user: User, period: Period) -> list[Line]:
    states = allowed(RuleState.objects.exclude(table=""), grant_of(user), team="rule__team").order_by()
    names = ("pk", "rule__team__name", "connection__name", "schema", "table")
    places = {pk: (team, f"{store}: {schema}.{table}") for pk, team, store, schema, table in states.values_list(*names)}
    # Asked by state, and not joined: the log of checks is long, and its index begins with the state.
    checks = Check.objects.filter(state__in=states.values("pk"), at__gt=period.begins, at__lte=period.ends)
    rows = checks.order_by().values_list("state", "verdict").annotate(Count("pk"))
    return [Line(*places[state], verdict, number) for state, verdict, number in rows if state in places]


def _by_team(lines: Iterable[Line]) -> list[dict[str, Any]]:
    counted = _counted((line.team, line) for line in lines)
    return [{"team": team, **counts} for team, counts in sorted(counted.items())]


def _by_table(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The tables with trouble first, then those that were checked most."""
    counted = _counted((line.table, line) for line in lines)

    def rank(table: str) -> tuple[int, int, int, str]:
        counts = counted[table]
        return -counts["breached"], -counts["unknown"], -counts["checks"], table

    return [{"table": table, **counted[table]} for table in sorted(counted, key=rank)[:SHOWN]]


def _counted(named: Iterable[tuple[str, Line]]) -> dict[str, dict[str, int]]:
    """How many checks each name has, and how they ended."""
    by_name: dict[str, Counter[str]] = {}
    for name, line in named:
        by_name.setdefault(name, Counter())[line.verdict] += line.checks
    return {
        name: {
            "checks": verdicts.total(),
            "breached": verdicts[Verdict.BREACHED],
            "unknown": verdicts[Verdict.UNKNOWN],
        }
        for name, verdicts in by_name.items()
    }
