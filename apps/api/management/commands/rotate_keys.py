"""`manage.py rotate_keys`: the second of the three steps that replace an encryption key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.fields import SecretsUnreadable
from apps.common.rotation import rotate
from apps.teams.services import reseal_second_steps


class Command(BaseCommand):
    help = "Seal every stored secret with the first key of MIDWATCH_ENCRYPTION_KEYS. Safe to run again."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        done = rotate()
        self.stdout.write(f"{done.moved:,} secrets sealed with the first key; {done.current:,} had it already.")
        if done.unreadable:
            raise CommandError(
                f"No key opens the secrets of {', '.join(done.unreadable)}. Add the key they were stored with to "
                "MIDWATCH_ENCRYPTION_KEYS and run this again, or enter those secrets anew."
            )
        try:
            reseal_second_steps()
        except SecretsUnreadable as error:
            raise CommandError(f"A second step of somebody's sign-in: {error}") from error
        self.stdout.write("Older keys can be removed from MIDWATCH_ENCRYPTION_KEYS now.")
