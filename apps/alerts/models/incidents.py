"""Incidents with their timelines, and which table feeds which."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.alerts.models.channels import Channel
from apps.teams.models import Team, User


class Severity(models.TextChoices):
    """How much a trouble matters; it decides order and wording."""

    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class IncidentStatus(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


class Merge(models.TextChoices):
    """Why an incident is part of another."""

    TABLE = "table", "The same table"
    CONNECTION = "connection", "The connection cannot be checked"
    UPSTREAM = "upstream", "A table that feeds it is broken"
    RELATED = "related", "Broke at the same time on the same connection"
    PERSON = "person", "A person merged them"


class Snooze(models.TextChoices):
    """What ends a snooze."""

    TIME = "time", "Until a time"
    MORNING = "morning", "Until the next working morning"
    GOOD_LOAD = "good_load", "Until the next good check"
    WORSE = "worse", "Until it gets worse"


class Outcome(models.TextChoices):
    """What a person says that the incident was, when closing it."""

    REAL = "real", "Real trouble"
    FALSE_ALARM = "false_alarm", "False alarm"
    EXPECTED = "expected", "Expected"
    DUPLICATE = "duplicate", "Duplicate"
    WONT_FIX = "wont_fix", "Will not be fixed"


class Incident(models.Model):
    """One trouble. At most one unresolved incident exists per key; the database sees to that.

    An incident with `merged_into` is part of that one, which is never itself part of another: it keeps its own record
    and sends nothing. A lead whose own trouble is over (`over_at`) stays unresolved while a part of it is not over.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="incidents")
    key = models.CharField(max_length=400, help_text="What the trouble is about; stable over its life.")
    title = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    status = models.CharField(max_length=15, choices=IncidentStatus.choices, default=IncidentStatus.OPEN)
    opened_at = models.DateTimeField(db_index=True)
    began_at = models.DateTimeField(null=True, blank=True, help_text="When the trouble began, where that is known.")
    last_seen_at = models.DateTimeField(help_text="When a check last confirmed the trouble.")
    over_at = models.DateTimeField(null=True, blank=True, help_text="When its own trouble ended.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=15, choices=Outcome.choices, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    notified_at = models.DateTimeField(null=True, blank=True, help_text="When a message about it first arrived.")
    reopened = models.PositiveIntegerField(default=0, help_text="How often it came back within 24 hours.")
    unstable_since = models.DateTimeField(null=True, blank=True, help_text="Since when it comes and goes.")
    stable_since = models.DateTimeField(null=True, blank=True, help_text="Since when an unstable one was good.")

    # What it is about, by which it is grouped, routed and silenced. Plain numbers: rules and connections stand above.
    connection_id = models.BigIntegerField(null=True, blank=True)
    rule_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    table = models.CharField(max_length=520, blank=True, help_text="schema.table; empty when it is about no table.")
    tags = models.JSONField(default=list, blank=True)
    owner = models.CharField(max_length=254, blank=True, help_text="The mail address of the rule's owner.")

    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="parts")
    merged_as = models.CharField(max_length=10, choices=Merge.choices, blank=True)
    kept_apart = models.BooleanField(
        default=False, help_text="A person split it off; it is not merged by itself again."
    )

    snooze = models.CharField(max_length=10, choices=Snooze.choices, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True, help_text="Empty when no time ends the snooze.")
    snoozed_facts = models.JSONField(default=dict, blank=True, help_text="How bad it was when it was snoozed.")
    fixed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    fixed_at = models.DateTimeField(
        null=True, blank=True, help_text="A person says it is fixed; the next check proves."
    )
    cause = models.TextField(blank=True)
    fix = models.TextField(blank=True)
    prevention = models.TextField(blank=True)

    escalation_step = models.PositiveIntegerField(default=0, help_text="How many steps of the escalation were taken.")
    escalation = models.ForeignKey(
        "alerts.Escalation", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Never empty while it is open: an incident without a next act would be forgotten unnoticed.
    next_action_at = models.DateTimeField(help_text="When a reminder, an escalation or the end of a snooze is due.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When people were last reminded of it.")
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
        indexes: ClassVar = [
            models.Index(fields=["key", "-resolved_at"]),
            models.Index(fields=["team", "status"]),
            models.Index(fields=["team", "connection_id", "table"], name="incident_place"),
            models.Index(
                fields=["next_action_at"], name="incident_next_action", condition=~Q(status=IncidentStatus.RESOLVED)
            ),
            models.Index(fields=["stable_since"], name="incident_settling", condition=Q(stable_since__isnull=False)),
            models.Index(fields=["fixed_at"], name="incident_called_fixed", condition=Q(fixed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title


class TimelineKind(models.TextChoices):
    DETECTED = "detected", "Detected"
    REOPENED = "reopened", "Came back"
    CHANGED = "changed", "Changed"
    GROUPED = "grouped", "Grouped"
    SPLIT = "split", "Split off"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    ASSIGNED = "assigned", "Assigned"
    SNOOZED = "snoozed", "Snoozed"
    ESCALATED = "escalated", "Escalated"
    NOTED = "noted", "Note"
    QUEUED = "queued", "Message queued"
    SENT = "sent", "Message sent"
    FAILED = "failed", "Message failed"
    UNCONFIRMED = "unconfirmed", "Message not confirmed"
    FALLBACK = "fallback", "Another channel told"
    SUPPRESSED = "suppressed", "Nobody told"
    RECOVERED = "recovered", "Good again"
    RESOLVED = "resolved", "Resolved"
    EDITED = "edited", "Rule changed"
    FEEDBACK = "feedback", "Feedback"


class TimelineEntry(models.Model):
    """One line of an incident's log. Lines are only added."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=15, choices=TimelineKind.choices)
    text = models.TextField()
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    event = models.CharField(
        max_length=120,
        blank=True,
        editable=False,
        help_text="The event that it begins, tells or explains.",
    )

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        verbose_name_plural = "timeline entries"

    def __str__(self) -> str:
        return self.text


class Dependency(models.Model):
    """A table that feeds another. Who knows the lineage writes the rows; incidents are grouped by them."""

    connection_id = models.BigIntegerField(help_text="Of the table that is fed.")
    table = models.CharField(max_length=520)
    upstream_connection_id = models.BigIntegerField()
    upstream_table = models.CharField(max_length=520)

    class Meta:
        verbose_name_plural = "dependencies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection_id", "table", "upstream_connection_id", "upstream_table"], name="dependency_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.upstream_table} feeds {self.table}"
