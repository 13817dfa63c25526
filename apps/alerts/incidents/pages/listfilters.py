"""How the list of incidents is narrowed down, beside by status, severity and team."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.alerts.incidents.reach import by_themselves
from apps.alerts.models import Incident, IncidentStatus, Outcome, Snooze
from apps.common.clock import utc_now
from apps.teams.permissions import grant_of

UNSAID = "none"
CONDITIONS = {
    "snoozed": "Snoozed",
    "unstable": "Unstable",
    "fixed": "Called fixed",
    "nobody": "Nobody has it",
}


class Shown(SimpleListFilter):
    """Only leads, unless somebody asks for what belongs to them: `of-12` are the parts of one."""

    title = "shown"
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "Parts as well"), ("parts", "Parts only")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *rest = super().choices(changelist)
        yield {**first, "display": "What stands by itself"}
        yield from rest

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        asked = self.value() or ""
        lead = asked.removeprefix("of-")
        if asked != lead and lead.isdecimal():
            return queryset.filter(merged_into=int(lead))
        if asked == "all":
            return queryset
        if asked == "parts":
            return queryset.filter(merged_into__isnull=False)
        return by_themselves(queryset, grant_of(request.user))


class Condition(SimpleListFilter):
    """What makes an open incident special."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(CONDITIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        conditions = {
            "snoozed": Q(snooze__in=Snooze.values) & (Q(snoozed_until=None) | Q(snoozed_until__gt=utc_now())),
            "unstable": Q(unstable_since__isnull=False),
            "fixed": Q(fixed_at__isnull=False),
            "nobody": Q(assigned_to=None),
        }
        wanted = conditions.get(self.value() or "")
        return queryset.filter(wanted).exclude(status=IncidentStatus.RESOLVED) if wanted else queryset


class Said(SimpleListFilter):
    """What people said that it was."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((value, str(label)) for value, label in Outcome.choices), (UNSAID, "Nothing said")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        asked = self.value()
        if asked == UNSAID:
            return queryset.filter(outcome="", status=IncidentStatus.RESOLVED)
        return queryset.filter(outcome=asked) if asked in Outcome.values else queryset
