"""Incidents with their timelines, who hears of them, and the outbox of deliveries."""

from apps.alerts.models.channels import Channel, ChannelState, SeenRequest
from apps.alerts.models.deliveries import Delivery, DeliveryKind, DeliveryStatus
from apps.alerts.models.incidents import (
    Dependency,
    Incident,
    IncidentStatus,
    Merge,
    Outcome,
    Severity,
    Snooze,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.models.routing import Escalation, EscalationStep, Rotation, RotationMember, Route
from apps.alerts.models.silences import Digest, Preference, Silence
from apps.alerts.models.watching import Heartbeat

__all__ = [
    "Channel",
    "ChannelState",
    "Delivery",
    "DeliveryKind",
    "DeliveryStatus",
    "Dependency",
    "Digest",
    "Escalation",
    "EscalationStep",
    "Heartbeat",
    "Incident",
    "IncidentStatus",
    "Merge",
    "Outcome",
    "Preference",
    "Rotation",
    "RotationMember",
    "Route",
    "SeenRequest",
    "Severity",
    "Silence",
    "Snooze",
    "TimelineEntry",
    "TimelineKind",
]
