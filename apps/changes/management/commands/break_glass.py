"""`manage.py break_glass`: a way in when the company login is broken."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from apps.changes.services import glass_broken
from apps.common.clock import utc_now
from apps.teams.models import User
from apps.teams.services import break_glass_token


class Command(BaseCommand):
    help = "Print a link that signs a person in once, within 15 min, around the company login. The audit notes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The mail address of the person, who has an account already.")

    def handle(self, *, email: str, **_: Any) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody with the address {email} may sign in. Make one with manage.py createsuperuser.")
        glass_broken(user=user, what="made a one-time sign-in link", now=utc_now())
        path = reverse("break_glass", args=[break_glass_token(user=user)])
        self.stdout.write(settings.MIDWATCH_BASE_URL + path)
