"""The people who use Midwatch."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

# Looked up once: each look walks the whole time zone database on the disk.
time_zones = cache(zoneinfo.available_timezones)


# Letters beyond ASCII that are ASCII ones where case does not count: İ, ı, ſ and the sign of Kelvin.
DISGUISED = frozenset("\u0130\u0131\u017f\u212a")


def is_disguised(address: str) -> bool:
    """Whether the mail address could be taken for somebody else's. (Django's check of addresses lets it through.)"""
    return not DISGUISED.isdisjoint(address)


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
