"""What stops delivery for a while, and what each person wants to be told when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.teams.models import Team, User, check_time_zone


class Silence(models.Model):
    """A mute or a maintenance window: it stops delivery, never checking or recording. A snooze is the incident's own.

    It covers what matches all of `rule_id`, `connection_id`, `tables` and `tags`; what is empty matches everything. A
    window with `weekdays` recurs on them (0 is Monday) at `begins` for `minutes`, in its time zone, between `starts_at`
    and `ends_at`; without them it lasts from `starts_at` to `ends_at`.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", "Mute"
        MAINTENANCE = "maintenance", "Maintenance window"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="silences")
    kind = models.CharField(max_length=15, choices=Kind.choices, default=Kind.MUTE)
    reason = models.CharField(max_length=300)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    rule_id = models.BigIntegerField(null=True, blank=True)
    connection_id = models.BigIntegerField(null=True, blank=True)
    tables = models.JSONField(default=list, blank=True, help_text="Patterns such as sales.*")
    tags = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until somebody ends it.")
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_time_zone])
    weekdays = models.JSONField(default=list, blank=True, help_text="0 is Monday.")
    begins = models.TimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["-starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="silence_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class Digest(models.TextChoices):
    NONE = "none", "No digest"
    DAILY = "daily", "Every morning"
    WEEKLY = "weekly", "Once a week"


class Preference(models.Model):
    """When a person wants to be told. Without a row everything is told at once, and no digest is sent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preference")
    quiet_from = models.TimeField(null=True, blank=True, help_text="Quiet hours begin, in the person's time zone.")
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField(default=False, help_text="Saturday and Sunday are quiet all day.")
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.NONE)
    digest_at = models.TimeField(default="08:00")
    digest_weekday = models.PositiveSmallIntegerField(default=0, help_text="Of a weekly digest; 0 is Monday.")
    next_digest_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    history = HistoricalRecords(excluded_fields=["next_digest_at"])

    def __str__(self) -> str:
        return f"preferences of {self.user}"
