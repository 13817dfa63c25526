"""The logins that people come in by, and what a group there gives here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from apps.common.fields import SealedField
from apps.teams.models.teams import Role, Team


class ProviderKind(models.TextChoices):
    """How a company login is spoken to."""

    OPENID_CONNECT = "openid_connect", "OpenID Connect (Okta, Entra, Keycloak and others)"
    GOOGLE = "google", "Google"
    GITHUB = "github", "GitHub"
    SAML = "saml", "SAML 2.0"


class SignInProvider(models.Model):
    """A login of the company, or of Google or GitHub, that people sign in with.

    `settings` holds `server_url`, `groups_claim`, `trust_email` (OpenID Connect), `metadata_url` and `metadata` (SAML),
    `domains` (of mail addresses) and `organisations` (GitHub); `secrets` the `client_secret`.
    """

    key = models.SlugField(max_length=40, unique=True, help_text="Part of the callback address.")
    kind = models.CharField(max_length=20, choices=ProviderKind.choices, default=ProviderKind.OPENID_CONNECT)
    name = models.CharField(max_length=40, help_text="On the button of the sign-in page.")
    client_id = models.CharField("client ID", max_length=191, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField()
    enabled = models.BooleanField(default=True)
    only_way_in = models.BooleanField(
        "single sign-on only",
        default=False,
        help_text="Passwords open nothing any more. If this login breaks, `manage.py break_glass` lets you in.",
    )
    history = HistoricalRecords(excluded_fields=["secrets"])

    class Meta:
        verbose_name = "sign-in provider"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class GroupMapping(models.Model):
    """Whoever the provider says is in `group` has this role in the team."""

    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="mappings")
    group = models.CharField(max_length=200)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="group_mappings")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["group", "team__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "group", "team"], name="group_once_per_provider_and_team")
        ]

    def __str__(self) -> str:
        return f"{self.group} → {self.team}"
