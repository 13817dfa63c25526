"""What a provider tells by SCIM of its people and groups, before anybody signs in."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from apps.teams.models.people import User
from apps.teams.models.signin import SignInProvider


class ProvisioningToken(models.Model):
    """The key by which a provider sends its people. Only its hash is stored; the key is shown once, when it is made."""

    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="provisioning_tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["digest", "last_used_at"])

    class Meta:
        verbose_name = "provisioning token"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"of {self.provider}"


class ProvisionedUser(models.Model):
    """A person as the provider has them. `active` is what it said last; an administrator's word on the account itself
    is another. Whoever is `gone` was deleted there, and comes back as the same account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="people")
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="provisioned")
    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=254, blank=True)
    attributes = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    gone = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "user_name"], name="user_name_once_per_provider")
        ]

    def __str__(self) -> str:
        return self.user_name


class ProvisionedGroup(models.Model):
    """A group of the provider with the people in it. What it gives here, the mapping of the provider says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(SignInProvider, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=254, blank=True)
    people = models.ManyToManyField(ProvisionedUser, related_name="groups")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "name"], name="group_name_once_per_provider")
        ]

    def __str__(self) -> str:
        return self.name
