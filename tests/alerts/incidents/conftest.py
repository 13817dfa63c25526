"""Findings about tables of a connection, and a short way to report them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.alerts.models import Channel, Incident
from apps.alerts.services import Finding, Recovery, Subject, report
from apps.teams.models import Team
from tests.alerts.conftest import FACTS, NOW

SHOP = 7


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def key_of(table: str, kind: str = "freshness") -> str:
    return f"rule/{kind}/{table}"


@pytest.fixture
def breaks(team: Team, mail: Channel) -> Callable[..., list[str]]:
    """Report that these tables of the shop are broken; returns the keys to look at again."""

    def breaks(
        *tables: str,
        at: float = 0,
        kind: str = "freshness",
        severity: str = "high",
        connection: int = SHOP,
        **facts: Any,
    ) -> list[str]:
        findings = [
            Finding(
                key=key_of(table, kind),
                team_id=team.pk,
                severity=severity,
                title=f"{kind.capitalize()} of {table}",
                facts=FACTS | {"table": table, "kind": kind} | facts,
                channel_ids=(mail.pk,),
                subject=Subject(connection_id=connection, kind=kind, table=table),
            )
            for table in tables
        ]
        return report(findings=findings, recoveries=[], now=after(at))

    return breaks


def recover(*tables: str, at: float, kind: str = "freshness") -> list[str]:
    """Report that these tables are good again; returns the keys to look at again."""
    return report(findings=[], recoveries=[Recovery(key_of(table, kind)) for table in tables], now=after(at))


def of(table: str, kind: str = "freshness") -> Incident:
    """The last incident of a rule on a table."""
    return Incident.objects.filter(key=key_of(table, kind)).latest("pk")
