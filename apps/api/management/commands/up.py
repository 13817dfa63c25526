"""`manage.py up`: everything that Midwatch needs, in one process."""

from __future__ import annotations

import argparse
import os
import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils.module_loading import import_string

from apps.alerts.services import dispatch_until
from apps.api import serving
from apps.api.firststart import Login, first_login
from apps.common.childprocess import ChildProcess
from apps.common.clock import utc_now
from apps.common.parts import Crew, Part
from apps.teams.models import Team, User
from config.celery import app as celery_app
from config.wsgi import application

GRACE_SECONDS = 6.0
FIRST_EMAIL = "admin@midwatch.local"
DEMO_EMAIL = "demo@midwatch.local"
DEMO = "apps.demo.services"  # stands above this app, so its door is named rather than imported


class Command(BaseCommand):
    help = "Run the pages, the worker, beat and the dispatcher in one process, until Ctrl-C or SIGTERM."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="The address to listen on; 0.0.0.0 for every one.")
        parser.add_argument(
            "--demo",
            action=argparse.BooleanOptionalAction,
            default=settings.EMBEDDED,
            help="Install the demo shop while there is no team yet, and keep its data coming.",
        )

    def handle(self, *, host: str, demo: bool, **_: Any) -> None:
        try:
            web = serving.web(application=application, host=host, port=settings.ENV.port)
        except serving.PortInUse as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Midwatch is starting …")
        call_command("migrate", interactive=False, verbosity=0)
        worker = serving.worker(celery_app)
        others = [web, serving.beat(celery_app), serving.looping("dispatcher", dispatch_until)]
        self._welcome(first_login(email=DEMO_EMAIL if demo else FIRST_EMAIL))
        if demo and self._demo_is_there():
            others.append(_demo_loader())
        connections.close_all()
        crew = Crew(main=worker, others=others)
        _stop_on_signals(crew)
        self.stdout.write(f"\n  Midwatch keeps watch at {settings.MIDWATCH_BASE_URL}\n  Stop it with Ctrl-C.\n\n")
        self.stdout.flush()
        if crew.work(grace=GRACE_SECONDS):
            raise CommandError("Midwatch stopped because a part of it broke; the lines above say which.")
        self.stdout.write("Midwatch has stopped.")

    def _welcome(self, login: Login | None) -> None:
        # Written as soon as it exists: whatever fails after this, the only sight of the password is not lost.
        if login:
            self.stdout.write(f"\n  Sign in as {login.user.email} with the password {login.password}")
            self.stdout.write("  It is shown only this once.\n\n")
        else:
            self.stdout.write("  A forgotten password is set anew by: python manage.py changepassword ADDRESS")
        self.stdout.flush()

    def _demo_is_there(self) -> bool:
        administrator = User.objects.filter(is_superuser=True).order_by("pk").first()
        if administrator and not Team.objects.exists():
            self.stdout.write("Making the demo shop and its 90 days of history …")
            import_string(f"{DEMO}.install")(now=utc_now(), user=administrator)
        return bool(import_string(f"{DEMO}.is_installed")())


def _stop_on_signals(crew: Crew) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # A second Ctrl-C is from somebody who does not want to wait.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
        crew.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _demo_loader() -> Part:
    # A process of its own, because DuckDB lets nobody read a file that another process has open for writing.
    child = ChildProcess(name="demo loader", script=[str(settings.BASE_DIR / "manage.py"), "demo", "load"])
    return Part("demo loader", child.run, child.halt)
