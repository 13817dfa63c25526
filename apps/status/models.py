"""Status pages: what a team shows of its data to those who use them, and what it says to them while it is broken."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from apps.alerts.models import Incident
from apps.common.fields import SealedField
from apps.rules.models import Rule
from apps.teams.models import Team, User, check_time_zone


class StatusPage(models.Model):
    """A page that tells in plain words how the data of a team are. Its members see it; with a link, everybody who has
    that. The link's key is found by its hash, and kept sealed so that it can be copied again.
    """

    class Days(models.IntegerChoices):
        MONTH = 30, "30 days"
        QUARTER = 90, "90 days"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="status_pages")
    name = models.CharField(max_length=100, help_text="The heading, such as Data of the shop.")
    slug = models.SlugField(max_length=60, help_text="Part of the public address: small letters, digits and hyphens.")
    description = models.TextField(
        max_length=1000, blank=True, help_text="A sentence or two for the readers: what is shown, and whom to ask."
    )
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="Times, days and months of the page are those of its clocks.",
    )
    days = models.PositiveSmallIntegerField(
        "days shown", choices=Days.choices, default=Days.MONTH, help_text="How far the strip of days goes back."
    )
    # Editable, or its history would not tell of it; no form offers it.
    link_made_at = models.DateTimeField("public link made", null=True, blank=True)
    link_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 (none is unique)
    link_key = SealedField()
    history = HistoricalRecords(excluded_fields=["link_digest", "link_key"])

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "slug"],
                name="status_page_slug_once_per_team",
                violation_error_message="The team has a page with this slug already. Choose another one.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What readers know as one thing, such as Orders: the rules that are named, those with one of the tags, and all
    rules on tables that match one of the patterns."""

    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(max_length=100, help_text="As its readers call it, such as Orders.")
    description = models.CharField(max_length=300, blank=True, help_text="What it is, in plain words.")
    rules: models.ManyToManyField[Rule, Rule] = models.ManyToManyField(Rule, blank=True, related_name="products")
    tables = models.JSONField(default=list, blank=True, help_text="Patterns such as sales.*")
    tags = models.JSONField(default=list, blank=True, help_text="All rules with one of them.")
    target = models.DecimalField(
        "target (%)",
        max_digits=6,
        decimal_places=3,
        default=Decimal("99.5"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="In which share of each month's time its data are to be fine.",
    )
    position = models.PositiveIntegerField("place", default=0, help_text="The lowest comes first.")
    history = HistoricalRecords(m2m_fields=[rules])

    class Meta:
        verbose_name = "data product"
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def team(self) -> Team:
        return self.page.team


class PublicUpdate(models.Model):
    """What a person tells the readers of status pages about an incident. It stays when it is taken back, unseen."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="public_updates")
    at = models.DateTimeField()
    text = models.TextField(max_length=1000)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, help_text="Who said it, also when the account is gone.")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def team(self) -> Team:
        return self.incident.team
