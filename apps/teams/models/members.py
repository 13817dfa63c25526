"""Who is in a team, what acts for it, and who is asked to join."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from apps.teams.models.people import User
from apps.teams.models.signin import SignInProvider
from apps.teams.models.teams import Role, Team


class Member(models.Model):
    """A user's role in a team. With a provider, its groups decide at every sign-in whether it goes on."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    provider = models.ForeignKey(
        SignInProvider, null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="members"
    )
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["team__name", "user__email"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "user"], name="member_once_per_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class ApiToken(models.Model):
    """A key for scripts. Only its hash is stored; the key is shown once, when it is made.

    It acts for one team with one role: for the team itself, or for a member, and then never with more than that
    member's own role. It ends at a day, when it is revoked, or when its member leaves the team.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="api_tokens", help_text="Empty: the team's."
    )
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MANAGER)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it does not end by itself.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["digest", "last_used_at"])

    class Meta:
        verbose_name = "API token"
        ordering: ClassVar = ["team__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="token_name_once_per_team")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """Asks somebody by mail to join a team. The link works once, until `expires_at`; only its hash is stored."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    by = models.ForeignKey(User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["digest"])

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.email} to {self.team}"
