"""The data stores that are watched, and what was seen of their tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from apps.common.fields import SealedField
from apps.teams.models import Team, check_time_zone


class Connection(models.Model):
    """A data store to watch. Holds configuration only; how it fares stands in `ConnectionState`."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="connections")
    name = models.CharField(max_length=100)
    engine = models.CharField(max_length=40)
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField()
    secret_names = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The ${NAME} that each secret came from, for the export."
    )
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="Times without a zone in this data store are read in this zone.",
    )
    history = HistoricalRecords(excluded_fields=["secrets"])

    class Meta:
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="connection_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class ConnectionState(models.Model):
    """How a connection fares: its run-time state, one row per connection."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="state", primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Passes in a row that could not open a session.")
    failing_since = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    tables = models.PositiveIntegerField(null=True, blank=True)
    views = models.PositiveIntegerField(null=True, blank=True)
    catalogued_at = models.DateTimeField(null=True, blank=True, help_text="When all columns were last read.")
    refusals = models.PositiveIntegerField(default=0, help_text="Logins in a row that were refused.")
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="No login is tried before, lest it be locked.")

    def __str__(self) -> str:
        return f"State of {self.connection_id}"


class TableKind(models.TextChoices):
    TABLE = "table", "Table"
    VIEW = "view", "View"


class Table(models.Model):
    """A table or view of the catalogue, and the evidence of when it last changed."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="tables")
    schema = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=TableKind.choices, default=TableKind.TABLE)
    first_seen_at = models.DateTimeField()
    looked_at = models.DateTimeField(help_text="When a look at the data store last changed this row.")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the table is no longer there.")
    watched_since = models.DateTimeField(help_text="Since when every change would have been noticed.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When a change was last noticed.")
    mark = models.CharField(max_length=200, blank=True)
    identity = models.CharField(max_length=100, blank=True)
    writes = models.BigIntegerField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    changes = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many changes were noticed since watched_since."
    )
    comment = models.TextField(blank=True, default="", db_default="")
    rows = models.BigIntegerField(null=True, blank=True, help_text="When it was last catalogued; as the store tells.")
    bytes = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["schema", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "schema", "name"], name="table_once_per_connection")
        ]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


class TableVersion(models.Model):
    """The columns of a table since a moment: a snapshot that is taken when they changed. Rows are only added."""

    table = models.ForeignKey(Table, on_delete=models.CASCADE, related_name="versions")
    seen_at = models.DateTimeField()
    columns = models.JSONField(help_text="Per column: name, type, time, nullable, comment, partition.")
    comment = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["-seen_at"]
        indexes: ClassVar = [models.Index(fields=["table", "-seen_at"], name="version_by_table")]

    def __str__(self) -> str:
        return f"{self.table} at {self.seen_at}"


class Usage(models.Model):
    """What a rule asked of its data store on one day, in UTC. Kept when the rule is gone: the bytes were read."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    rule_key = models.PositiveBigIntegerField(default=0, help_text="The rule's id; 0: looks at the whole connection.")
    rule_name = models.CharField(max_length=150, blank=True)
    statements = models.PositiveBigIntegerField(default=0)
    bytes_billed = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "day", "rule_key"], name="one_usage_per_rule_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.rule_name or self.connection} on {self.day}"
