"""The rules and connections that silences name. Alerts knows both by name alone: they stand above it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Model, OuterRef, QuerySet, Subquery

from apps.alerts.models import Silence


def rules() -> QuerySet[Model]:
    """All rules; each has a name and a team."""
    return _rows("rules.Rule")


def connections() -> QuerySet[Model]:
    """All connections; each has a name and a team."""
    return _rows("connections.Connection")


def with_names(silences: QuerySet[Silence]) -> QuerySet[Any]:
    """The silences with `rule_name` and `connection_name`; None where there is none, or none any more."""
    return silences.annotate(
        rule_name=Subquery(rules().filter(pk=OuterRef("rule_id")).values("name")[:1]),
        connection_name=Subquery(connections().filter(pk=OuterRef("connection_id")).values("name")[:1]),
    )


def name_in_team(rows: QuerySet[Model], pk: int | None, team_id: int) -> str:
    """The name of a rule or connection of this team; empty when there is none."""
    found = rows.filter(pk=pk, team=team_id).values_list("name", flat=True).first() if pk is not None else None
    return str(found or "")


def _rows(model: str) -> QuerySet[Model]:
    rows: QuerySet[Model] = apps.get_model(model)._default_manager.all()
    return rows
