"""Teams, and the roles that there are in them."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from apps.teams.models.people import check_time_zone

# Midwatch's own teams stand in no list. One has the incidents about Midwatch itself, which administrators see. What the
# other has, nobody sees: the made-up trouble by which Midwatch proves that an alert arrives.
OWN_TEAM = "Midwatch itself"
CANARY_TEAM = "Midwatch's canary"
OWN_TEAMS = (OWN_TEAM, CANARY_TEAM)


class Language(models.TextChoices):
    """The languages that messages are written in."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


class Purpose(models.TextChoices):
    """What a team is for."""

    PEOPLE = "people", "People"
    SELF = "self", "Incidents about Midwatch itself"
    CANARY = "canary", "Midwatch's made-up trouble"


class PeoplesTeams(models.Manager["Team"]):
    """The teams that people made: all but Midwatch's own."""

    def get_queryset(self) -> models.QuerySet[Team]:
        return super().get_queryset().filter(purpose=Purpose.PEOPLE)


class Team(models.Model):
    """A group of people who share connections, rules, channels and incidents."""

    name = models.CharField(max_length=100, unique=True)
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="The zone of the team's messages.",
    )
    language = models.CharField(
        max_length=8,
        choices=Language.choices,
        default=Language.ENGLISH,
        help_text="The language of the team's messages.",
    )
    sees_everything = models.BooleanField(
        default=False, help_text="Its members may read what every team has. They act in their own team alone."
    )
    generated_summaries = models.BooleanField(
        default=False,
        help_text="A language model adds a short summary to incidents. It is sent facts without personal data.",
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.PEOPLE, editable=False)
    history = HistoricalRecords()

    objects: ClassVar[PeoplesTeams] = PeoplesTeams()
    every: ClassVar[models.Manager[Team]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.name in OWN_TEAMS:
            raise ValidationError({"name": f"{self.name} is a team of Midwatch itself. Choose another name."})


class Role(models.TextChoices):
    """What a member may do; each role may do everything that the ones before it may."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"
