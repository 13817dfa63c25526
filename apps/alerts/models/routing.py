"""Who hears of what: routes, escalations, and whose week it is."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.alerts.models.channels import Channel
from apps.teams.models import Team, User, check_time_zone


class Rotation(models.Model):
    """Members who take turns, a week each."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="rotations")
    name = models.CharField(max_length=100)
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_time_zone])
    starts_on = models.DateField(help_text="The first day of the first person's first week.")
    handover = models.TimeField(default=time(9), help_text="The time of day at which the next person takes over.")
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="rotation_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class RotationMember(models.Model):
    """One turn of a rotation."""

    rotation = models.ForeignKey(Rotation, on_delete=models.CASCADE, related_name="turns")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rotation", "user"], name="person_once_per_rotation")]

    def __str__(self) -> str:
        return f"{self.user} in {self.rotation}"


class Escalation(models.Model):
    """Who is told next while nobody acknowledges."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="escalations")
    name = models.CharField(max_length=100)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="escalation_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class EscalationStep(models.Model):
    """One step: so long after the beginning, these are told as well."""

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="steps")
    after_minutes = models.PositiveIntegerField(help_text="Minutes after the incident opened.")
    channels: models.ManyToManyField[Channel, Channel] = models.ManyToManyField(Channel, blank=True, related_name="+")
    people: models.ManyToManyField[User, User] = models.ManyToManyField(User, blank=True, related_name="+")
    rotation = models.ForeignKey(Rotation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords(m2m_fields=[channels, people])

    class Meta:
        ordering: ClassVar = ["after_minutes", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["escalation", "after_minutes"], name="one_step_per_delay")
        ]

    def __str__(self) -> str:
        return f"{self.escalation} after {self.after_minutes} min"


class Route(models.Model):
    """Who hears of the incidents that match. The first route of a team that matches decides; the catch-all stands last
    and cannot be removed. An empty list matches everything.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="routes")
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0, help_text="Routes are asked in this order, the smallest first.")
    catch_all = models.BooleanField(default=False, editable=False)
    severities = models.JSONField(default=list, blank=True, help_text="Such as critical and high.")
    tags = models.JSONField(default=list, blank=True, help_text="Tags of the rule; one of them is enough.")
    owners = models.JSONField(default=list, blank=True, help_text="Mail addresses of the rule's owner.")
    tables = models.JSONField(default=list, blank=True, help_text="Patterns such as sales.*")
    channels: models.ManyToManyField[Channel, Channel] = models.ManyToManyField(
        Channel, blank=True, related_name="routes"
    )
    people: models.ManyToManyField[User, User] = models.ManyToManyField(User, blank=True, related_name="+")
    rotation = models.ForeignKey(Rotation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    escalation = models.ForeignKey(Escalation, null=True, blank=True, on_delete=models.SET_NULL, related_name="routes")
    history = HistoricalRecords(m2m_fields=[channels, people])

    class Meta:
        ordering: ClassVar = ["team__name", "catch_all", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "name"], name="route_name_once_per_team"),
            models.UniqueConstraint(fields=["team"], condition=Q(catch_all=True), name="one_catch_all_per_team"),
        ]

    def __str__(self) -> str:
        return self.name
