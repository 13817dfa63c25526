"""Where messages go, and how each place fares."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.common.fields import SealedField
from apps.teams.models import Team, User

CANARY = "canary"  # the type of the channel that swallows the messages by which Midwatch tests itself


class SharedChannels(models.Manager["Channel"]):
    """The channels that people set up. Those of single persons, and the canary's, stand beside them and are nobody's
    to edit."""

    def get_queryset(self) -> models.QuerySet[Channel]:
        return super().get_queryset().filter(person=None).exclude(type=CANARY)


class Channel(models.Model):
    """Where a team's messages go. Holds configuration only.

    A row with a `person` stands for one member's own mail address. Midwatch makes it when the member is first told, so
    that a message to a person is queued, tried again and shown like any other.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="channels")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField()
    secret_names = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The ${NAME} that each secret came from, for the export."
    )
    fallback = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Told instead when this channel fails. Empty: another one of the team that works, else its managers "
        "by mail.",
    )
    history = HistoricalRecords(excluded_fields=["secrets"])

    objects: ClassVar[SharedChannels] = SharedChannels()
    every: ClassVar[models.Manager[Channel]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        base_manager_name = "every"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "name"], condition=Q(person=None), name="channel_name_once_per_team"
            ),
            models.UniqueConstraint(fields=["team", "person"], name="channel_once_per_person"),
        ]

    def __str__(self) -> str:
        return self.name


class ChannelState(models.Model):
    """How a channel fares, beside its configuration."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="state")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="The provider asked to wait until then.")
    last_sent_at = models.DateTimeField(null=True, blank=True)
    broken_since = models.DateTimeField(null=True, blank=True, help_text="Since when messages to it are given up.")
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"state of {self.channel}"


class SeenRequest(models.Model):
    """A signed request that was acted on, so that a second one with the same signature is refused."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest
