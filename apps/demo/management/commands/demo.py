"""`manage.py demo`: keep the demo shop's warehouse alive, break its data, and mend it."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.clock import utc_now
from apps.common.errors import MidwatchError
from apps.demo import loader, services, warehouse
from apps.demo.breaks import BREAKS


class Command(BaseCommand):
    help = "The demo: a small shop whose data keeps arriving, and which you can break to see what Midwatch does."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(title="actions", dest="action")
        load = actions.add_parser("load", help="load new orders every few seconds, until it is stopped")
        load.add_argument("--once", action="store_true", help="load once and stop")
        harm = actions.add_parser("break", help="break the data in one of several ways")
        ways = harm.add_subparsers(title="ways", dest="way", required=True)
        for one in BREAKS.values():
            ways.add_parser(one.name, help=one.tells)
        actions.add_parser("mend", help="undo everything that is broken")
        actions.add_parser("status", help="say what is broken")
        self._parser = parser

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        try:
            if action == "load":
                self._load(once=options["once"])
            elif action == "break":
                self._say(services.break_shop(name=options["way"], now=utc_now()))
            elif action == "mend":
                self._say(services.mend_shop(now=utc_now()))
            elif action == "status":
                self._say(services.describe())
            else:
                self._parser.print_help(self.stdout)
        except MidwatchError as error:
            raise CommandError(str(error)) from error

    def _load(self, *, once: bool) -> None:
        if once:
            new = loader.load_once(warehouse.folder(), now=utc_now())
            self._say([f"Loaded {new:,} new orders."])
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._say([f"The demo's loader writes to {warehouse.file_in(warehouse.folder())} every {loader.EVERY:.0f} s."])
        self.stdout.flush()
        loader.run(warehouse.folder(), clock=utc_now, stop=stop)

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)
