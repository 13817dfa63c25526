from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.alerts.outbox.loop import SENDERS, run_forever


class Command(BaseCommand):
    help = "Send messages as they become due, until Ctrl-C or SIGTERM. Any number of dispatchers may run."
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own annotation)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--senders", type=int, default=SENDERS, help="How many messages are sent at the same time.")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("The dispatcher runs. Ctrl-C ends it.")
        run_forever(stop, senders=max(1, options["senders"]))
        self.stdout.write("The dispatcher has ended; what waits stays in the outbox.")
