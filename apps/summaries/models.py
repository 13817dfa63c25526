"""Generated texts, what people think of them, and how the language model fares. Teams, incidents and people are plain
numbers: they stand above this app or beside it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.common.claim import Leased


class Purpose(models.TextChoices):
    """What a text sums up."""

    INCIDENT = "incident", "Incident"
    PERIOD = "period", "Period"
    CHANGES = "changes", "Changes"


class Status(models.TextChoices):
    """What became of a text."""

    WAITING = "waiting", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    DROPPED = "dropped", "Dropped"
    FAILED = "failed", "Not written"


class GeneratedText(models.Model):
    """One text of a language model, with the plain one that it stands below, what was sent, and the guard's verdict."""

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    team_id = models.BigIntegerField()
    subject_id = models.BigIntegerField(default=0, help_text="The incident; 0 for a period or changes.")
    occasion = models.CharField(max_length=120, help_text="Which state of the subject it tells of.")
    language = models.CharField(max_length=8)
    model = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="Of facts, model, language and instructions.")
    facts = models.JSONField(default=dict, help_text="As they were sent.")
    rules = models.TextField(help_text="The instructions that were sent.")
    request = models.TextField(help_text="The fenced facts that were sent.")
    plain = models.TextField(help_text="The text that Midwatch wrote by itself.")
    answer = models.TextField(blank=True, help_text="What the model answered, also when it was dropped.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.TextField(blank=True, help_text="Why it was dropped or not written.")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    from_store = models.BooleanField(default=False, help_text="An earlier answer to the same prompt was taken.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not tried before this time.")
    tried_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose", "team_id", "subject_id", "occasion"], name="one_generated_text_per_occasion"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["digest"], name="generated_digest"),
            models.Index(fields=["due_at"], name="generated_waiting", condition=models.Q(status="waiting")),
            models.Index(fields=["tried_at"], name="generated_tried"),
            models.Index(fields=["asked_at"], name="generated_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.occasion}"

    @property
    def tokens(self) -> int:
        """What it cost."""
        return self.tokens_in + self.tokens_out


class Opinion(models.Model):
    """What a person thinks of a text."""

    text = models.ForeignKey(GeneratedText, on_delete=models.CASCADE, related_name="opinions")
    user_id = models.BigIntegerField()
    useful = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["text", "user_id"], name="one_opinion_per_person")]

    def __str__(self) -> str:
        return "useful" if self.useful else "not useful"


class ModelState(Leased):
    """How the language model fares: one row. Who holds the lease writes texts."""

    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    off_until = models.DateTimeField(null=True, blank=True, help_text="Not asked before this time.")
    error = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "language model"
