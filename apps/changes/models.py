"""The audit: who did what to Midwatch itself, when, from where and why. Rows are only added."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models


class Act(models.TextChoices):
    """What was done."""

    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"
    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    SIGNED_OUT = "signed_out", "Signed out"
    TOKEN_USED = "token_used", "Token used"
    EXPORTED = "exported", "Exported"
    UNDONE = "undone", "Undone"
    BREAK_GLASS = "break_glass", "Access restored by command"


class AuditEntries(models.QuerySet["AuditEntry"]):
    """Entries may be read and added; nobody changes or removes one, by whatever way."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Entries of the audit are never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Entries of the audit are never removed.")


class AuditEntry(models.Model):
    """One thing that was done. It holds names as they were, so it reads the same after what it names is gone; numbers
    instead of foreign keys see to it that no deletion changes it.

    `digest` chains it to the entry before it (see `audit.chain`); the sealer sets it, within a minute.
    """

    at = models.DateTimeField()
    act = models.CharField(max_length=20, choices=Act.choices)
    actor = models.CharField(max_length=200, help_text="Who: a person, an API token, or the command line.")
    user_id = models.BigIntegerField(null=True, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="The address that the request came from.")
    team_id = models.BigIntegerField(null=True, blank=True)
    team_name = models.CharField(max_length=100, blank=True)
    model = models.CharField(max_length=60, blank=True, help_text="Such as rules.rule.")
    object_id = models.CharField(max_length=60, blank=True)
    object_name = models.CharField(max_length=300, blank=True)
    sentence = models.TextField()
    changes = models.JSONField(default=list, help_text="Field, old and new value, in words.")
    reason = models.TextField(blank=True)
    history_id = models.BigIntegerField(null=True, blank=True, help_text="The historical row of the model.")
    number = models.PositiveBigIntegerField(null=True, editable=False, unique=True, help_text="Its place in the chain.")
    digest = models.CharField(max_length=64, blank=True, editable=False)

    objects: ClassVar[models.Manager[AuditEntry]] = AuditEntries.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["team_id", "-at"], name="audit_team"),
            models.Index(fields=["model", "object_id"], name="audit_object"),
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["id"], name="audit_unsealed", condition=models.Q(number=None)),
        ]

    def __str__(self) -> str:
        return self.sentence

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it. Raises TypeError for one that is stored already."""
        if not self._state.adding:
            raise TypeError("Entries of the audit are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, always."""
        raise TypeError("Entries of the audit are never removed.")
