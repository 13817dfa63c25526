"""The messages that tell at the end of a hold what is still broken: of one incident, or of several in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.alerts.incidents.finding import lasting_name, rank
from apps.alerts.incidents.nextact import began_at
from apps.alerts.models import Delivery, DeliveryKind, Incident
from apps.summaries.services import write_title

SHOWN = 10  # more than that nobody reads in a message; the list of incidents has them all
BECAUSE = "messages to you were held back until now."


def single(incident: Incident, held: Delivery, *, now: datetime) -> Delivery:
    """The message about one incident. `held` is the newest of those that it stands for."""
    name = lasting_name(incident_id=incident.pk, opened_at=incident.opened_at)
    facts = incident.facts | {
        "severity": incident.severity,
        "event_at": now.isoformat(),
        "held_because": held.held_because,
        "because": BECAUSE,
    }
    return _message(held, incident, f"{name}-summary-{held.pk}-channel-{held.channel_id}", facts, now)


def gathered(incidents: Sequence[Incident], held: Delivery, *, now: datetime) -> Delivery:
    """One message about all of them, the worst first."""
    team = incidents[0].team
    facts = {
        "situation": "summary",
        "team": team.name,
        "timezone": team.timezone,
        "language": team.language,
        "severity": min((incident.severity for incident in incidents), key=rank),
        "event_at": now.isoformat(),
        "held_because": held.held_because,
        "because": BECAUSE,
        "incidents": [incident.pk for incident in incidents],
        **listed(incidents, team.language),
    }
    return _message(held, None, f"summary-{held.pk}-channel-{held.channel_id}", facts, now)


def listed(incidents: Sequence[Incident], language: str) -> dict[str, Any]:
    """How many there are, by severity and by cause, and the first of them by name in this language."""
    ordered = sorted(incidents, key=lambda incident: (rank(incident.severity), incident.opened_at, incident.pk))
    causes = Counter(str(incident.facts.get("connection") or "") for incident in incidents)
    severities = Counter(incident.severity for incident in ordered)
    return {
        "count": len(incidents),
        "severities": dict(severities),
        "causes": [[name, number] for name, number in causes.most_common(3) if name],
        "items": [
            {
                "number": incident.pk,
                "title": write_title(facts=incident.facts | {"language": language}),
                "severity": incident.severity,
                "began": began_at(incident).isoformat(),
            }
            for incident in ordered[:SHOWN]
        ],
    }


def _message(held: Delivery, incident: Incident | None, key: str, facts: dict[str, Any], now: datetime) -> Delivery:
    return Delivery(
        channel=held.channel,
        incident=incident,
        kind=DeliveryKind.SUMMARY,
        key=key,
        facts=facts,
        created_at=now,
        due_at=now,
    )
