from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.alerts.models import Delivery
from apps.alerts.outbox.queue import UNSENT
from apps.alerts.services import deliver_due
from apps.common.clock import utc_now


class Command(BaseCommand):
    help = "Send the messages that are due now. To keep sending, run `dispatch` or `up`."
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own annotation)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", required=True, help="Send what is due, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        tried = 0
        # What fails is due again only later, so this ends.
        while swept := deliver_due(now_source=utc_now):
            tried += swept
        waiting = Delivery.objects.filter(status__in=UNSENT).count()
        self.stdout.write(f"Messages tried: {tried:,}. Still waiting: {waiting:,}.")
