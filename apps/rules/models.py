"""Rules, their run-time state per table, and the log of their checks."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.alerts.models import Channel, Severity
from apps.common.claim import Leased
from apps.connections.models import Connection
from apps.teams.models import Team, User, check_time_zone


class Rule(models.Model):
    """What must hold for a table, or for each table that patterns match. Configuration only: it changes when people
    change it, so its history and its YAML stay still.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=150)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=40)
    table = models.CharField(max_length=520, blank=True, help_text="schema.table; empty when patterns choose tables.")
    include = models.JSONField(default=list, blank=True, help_text="Patterns such as sales.*")
    exclude = models.JSONField(default=list, blank=True, help_text="Patterns of tables to leave out.")
    settings = models.JSONField(default=dict, blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MEDIUM)
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="Days and clock times are meant in it.",
    )
    max_bytes = models.BigIntegerField(
        "most bytes per check",
        null=True,
        blank=True,
        help_text="Where reading costs money: a check that would read more is not run. Empty: as the connection says.",
    )
    notify: models.ManyToManyField[Channel, Channel] = models.ManyToManyField(Channel, blank=True, related_name="rules")
    people: models.ManyToManyField[User, User] = models.ManyToManyField(
        User, blank=True, related_name="+", help_text="Members who are told as well, by mail."
    )
    tags = models.JSONField(default=list, blank=True, help_text="Words by which routes and silences choose rules.")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Who answers for the table."
    )
    shared_with: models.ManyToManyField[Team, Team] = models.ManyToManyField(
        Team, blank=True, related_name="shared_rules", help_text="Teams whose members may read it, with its incidents."
    )
    paused = models.BooleanField(default=False)
    history = HistoricalRecords(m2m_fields=[notify, people, shared_with])

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="rule_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """How a check ended. `unknown` (could not look) is neither fine nor broken."""

    OK = "ok", "OK"
    BREACHED = "breached", "Breached"
    UNKNOWN = "unknown", "Could not check"
    LEARNING = "learning", "Learning"


class RuleState(Leased):
    """Where a rule stands for one table: when it is due, what it last found, what it remembers.

    A rule with patterns has one more, without a table: its check matches the patterns against the tables that exist.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="states")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    schema = models.CharField(max_length=255, blank=True)
    table = models.CharField(max_length=255, blank=True)
    next_check_at = models.DateTimeField(null=True, help_text="Empty while the rule is paused.")
    check_every = models.PositiveIntegerField(help_text="Seconds between two checks.")
    attempts = models.PositiveIntegerField(default=0, help_text="Starts of the present check that did not finish.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, help_text="Empty: never checked.")
    since = models.DateTimeField(null=True, blank=True, help_text="Since when the verdict is what it is.")
    last_check_at = models.DateTimeField(null=True, blank=True)
    mark = models.CharField(max_length=200, blank=True, help_text="The table's mark when it was last read.")
    memory = models.JSONField(default=dict, blank=True, help_text="What the kind remembers between checks.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "schema", "table"], name="one_state_per_rule_and_table")
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_check_at", "connection"], name="state_due"),
            models.Index(fields=["lease_token"], name="state_leased", condition=~Q(lease_token="")),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.schema}.{self.table}"


class Check(models.Model):
    """One run of one rule on one table. Rows are only added, and removed by retention."""

    # Found by the index below; one of its own would be written with every check and never be read.
    state = models.ForeignKey(RuleState, on_delete=models.CASCADE, related_name="checks", db_index=False)
    at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    measured = models.FloatField(null=True, help_text="In the unit of the kind: seconds of age, or rows.")
    low = models.FloatField(null=True, help_text="Below this it is a breach.")
    high = models.FloatField(null=True, help_text="Above this it is a breach.")
    source = models.CharField(max_length=120, blank=True)
    trust = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True, help_text="Why it is breached, unknown or learning; notes on the data.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "-at"], name="check_by_state")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} at {self.at}"


class Observation(models.Model):
    """A number that belongs to a time of the data: rows that arrived in a period, a moment of change, a total."""

    state = models.ForeignKey(RuleState, on_delete=models.CASCADE, related_name="observations", db_index=False)
    measure = models.CharField(max_length=20, help_text="changed | rows_arrived | row_count | measured")
    segment = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text="The value of the column that the rule tells rows apart by.",
    )
    at = models.DateTimeField(help_text="The start of the period, or the moment.")
    value = models.FloatField()
    source = models.CharField(max_length=120, blank=True)
    trust = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state", "measure", "segment", "at"], name="one_observation_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.value:g} at {self.at}"


class Feedback(models.Model):
    """What a person said of what a rule found on a table. A row stays when it is taken back."""

    class Meaning(models.TextChoices):
        """What is meant, and so what the learned limits make of the time from `begins` to `ends`."""

        EXPECTED = "expected", "Expected once"
        NEW_NORMAL = "new_normal", "The new normal"
        FALSE_ALARM = "false_alarm", "A false alarm"
        MISSED = "missed", "A missed alert"
        IGNORE = "ignore", "Ignore this period"

    state = models.ForeignKey(RuleState, on_delete=models.CASCADE, related_name="feedback")
    meaning = models.CharField(max_length=12, choices=Meaning.choices)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, help_text="Who said it, also when the account is gone.")
    memory = models.JSONField(
        null=True, blank=True, help_text="What the rule remembered before this made something else its new normal."
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gt=models.F("begins")), name="feedback_has_a_length")
        ]
        indexes: ClassVar = [models.Index(fields=["state", "begins"], name="feedback_by_state")]

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} by {self.by_name}"


class Visit(models.Model):
    """When a person was last here, for telling what happened since. Opening the overview, or coming back to it, counts;
    a page that only refreshes itself does not."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField(help_text="When the present visit began.")
    seen_at = models.DateTimeField(help_text="When the person was last noticed in it.")
    before_at = models.DateTimeField(null=True, blank=True, help_text="When the visit before it ended.")
    steps_away = models.BooleanField(default=False, help_text="The first steps are no longer shown on the overview.")

    def __str__(self) -> str:
        return f"Visit of {self.user_id}"
