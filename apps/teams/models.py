"""Who uses Midwatch: users, teams, the role that a member has in a team, and how people come in."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from apps.common.fields import SealedField

# Looked up once: each look walks the whole time zone database on the disk.
time_zones = cache(zoneinfo.available_timezones)


def check_time_zone(name: str) -> None:
    """Refuse a name that the IANA time zone database does not know."""
    if name not in time_zones():
        raise ValidationError(f"{name!r} is no time zone. Write a name such as Europe/Berlin or UTC.")


class UserManager(BaseUserManager["User"]):
    """Makes users by their mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with a mail address. What the person may do is decided by the memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[check_time_zone],
        help_text="Times are shown in this zone.",
    )
    is_active = models.BooleanField(default=True, help_text="Untick to end this person's access.")
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login"])
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        ordering: ClassVar = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether Django's own permissions allow it: nobody is given one, so superusers alone, without asking the
        database. What people may do is decided in `teams.permissions`."""
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        """The same for all of an app."""
        return self.is_active and self.is_superuser

    def get_full_name(self) -> str:
        """The name that pages show beside the mail address."""
        return self.name

    @property
    def is_staff(self) -> bool:
        """Everyone who may sign in uses the same pages; what they see there is decided per team."""
        return self.is_active


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


class ProviderKind(models.TextChoices):
    """How a company login is spoken to."""

    OPENID_CONNECT = "openid_connect", "OpenID Connect (Okta, Entra, Keycloak and others)"
    GOOGLE = "google", "Google"
    GITHUB = "github", "GitHub"


class SignInProvider(models.Model):
    """A login of the company, or of Google or GitHub, that people sign in with.

    `settings` holds `server_url`, `groups_claim`, `trust_email` (OpenID Connect), `domains` (of mail addresses) and
    `organisations` (GitHub); `secrets` the `client_secret`.
    """

    key = models.SlugField(max_length=40, unique=True, help_text="Part of the callback address.")
    kind = models.CharField(max_length=20, choices=ProviderKind.choices, default=ProviderKind.OPENID_CONNECT)
    name = models.CharField(max_length=40, help_text="On the button of the sign-in page.")
    client_id = models.CharField("client ID", max_length=191)
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
