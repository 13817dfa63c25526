"""Incidents with their timelines, the channels that messages go to, and the outbox of deliveries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.common.claim import Leased
from apps.common.fields import SealedField
from apps.teams.models import Team, User


class Severity(models.TextChoices):
    """How much a trouble matters; it decides order and wording."""

    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Channel(models.Model):
    """Where a team's messages go. Holds configuration only."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="channels")
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=40)
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField()
    secret_names = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The ${NAME} that each secret came from, for the export."
    )
    history = HistoricalRecords(excluded_fields=["secrets"])

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="channel_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class IncidentStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


class Incident(models.Model):
    """One trouble. At most one unresolved incident exists per key; the database sees to that."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="incidents")
    key = models.CharField(max_length=400, help_text="What the trouble is about; stable over its life.")
    title = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    status = models.CharField(max_length=15, choices=IncidentStatus.choices, default=IncidentStatus.OPEN)
    opened_at = models.DateTimeField(db_index=True)
    last_seen_at = models.DateTimeField(help_text="When a check last confirmed the trouble.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reopened = models.PositiveIntegerField(default=0, help_text="How often it came back within 24 hours.")
    facts = models.JSONField(default=dict, help_text="The plain values that its texts are made from.")
    channels: models.ManyToManyField[Channel, Channel] = models.ManyToManyField(
        Channel, blank=True, related_name="incidents", help_text="Who was told, and hears of the end."
    )

    class Meta:
        ordering: ClassVar = ["-opened_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"], condition=~Q(status=IncidentStatus.RESOLVED), name="one_open_incident_per_key"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["key", "-resolved_at"]), models.Index(fields=["team", "status"])]

    def __str__(self) -> str:
        return self.title


class TimelineKind(models.TextChoices):
    DETECTED = "detected", "Detected"
    REOPENED = "reopened", "Came back"
    CHANGED = "changed", "Changed"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    NOTED = "noted", "Note"
    QUEUED = "queued", "Message queued"
    SENT = "sent", "Message sent"
    FAILED = "failed", "Message failed"
    UNCONFIRMED = "unconfirmed", "Message not confirmed"
    SUPPRESSED = "suppressed", "Nobody told"
    RESOLVED = "resolved", "Resolved"


class TimelineEntry(models.Model):
    """One line of an incident's log. Lines are only added."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=15, choices=TimelineKind.choices)
    text = models.TextField()
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        verbose_name_plural = "timeline entries"

    def __str__(self) -> str:
        return self.text


class DeliveryKind(models.TextChoices):
    OPENED = "opened", "Opened"
    REOPENED = "reopened", "Came back"
    RESOLVED = "resolved", "Resolved"
    TEST = "test", "Test"


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DEAD = "dead", "Given up"


class Delivery(Leased):
    """One message on its way to one channel. The row is written with the event; sending comes after."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=10, choices=DeliveryKind.choices)
    key = models.CharField(max_length=120, unique=True, help_text="Stays the same however often it is tried.")
    facts = models.JSONField(default=dict, help_text="The facts at the time of the event.")
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.QUEUED)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True, help_text="Not tried before this time.")
    attempts = models.PositiveIntegerField(default=0)
    unconfirmed = models.BooleanField(default=False, help_text="An earlier attempt may have arrived.")
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    receipt = models.CharField(max_length=300, blank=True, help_text="What the provider answered, for tracing.")

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="delivery_waiting", condition=Q(status__in=["queued", "sending"]))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.channel}"
