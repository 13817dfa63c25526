"""The outbox: one row per message on its way."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.alerts.models.channels import Channel
from apps.alerts.models.incidents import Incident
from apps.common.claim import Leased


class DeliveryKind(models.TextChoices):
    OPENED = "opened", "Opened"
    REOPENED = "reopened", "Came back"
    CHANGED = "changed", "Changed"
    REMINDER = "reminder", "Reminder"
    ESCALATED = "escalated", "Escalated"
    RESOLVED = "resolved", "Resolved"
    SUMMARY = "summary", "Still broken"
    ROLLUP = "rollup", "Many at once"
    DIGEST = "digest", "Digest"
    TEST = "test", "Test"


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", "Waiting"
    HELD = "held", "Held back"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    SUPERSEDED = "superseded", "Not needed any more"
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
    deadline_at = models.DateTimeField(
        null=True, blank=True, help_text="Not sent by then: the fallback channel is told instead."
    )
    fallback_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="fallback", editable=False
    )
    held_because = models.CharField(max_length=300, blank=True, help_text="Why it is held back; a sentence.")
    planned_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When its times were set last; empty: when it was made.",
    )
    attempts = models.PositiveIntegerField(default=0)
    unconfirmed = models.BooleanField(default=False, help_text="An earlier attempt may have arrived.")
    served = models.JSONField(
        default=dict, blank=True, editable=False, help_text="How it went for each recipient, where there are several."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    receipt = models.CharField(max_length=300, blank=True, help_text="What the provider answered, for tracing.")
    reference = models.CharField(
        max_length=300, blank=True, help_text="How the provider calls the message, for later changes of it."
    )

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            # Whole, not partial: SQLite uses no index of "status in …" for a statement with parameters.
            models.Index(fields=["status", "due_at"], name="delivery_by_status"),
            models.Index(fields=["deadline_at"], name="delivery_deadline", condition=Q(status__in=["queued", "dead"])),
            models.Index(fields=["channel"], name="delivery_rollup", condition=Q(kind="rollup")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.channel}"
