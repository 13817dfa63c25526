"""`manage.py prune`: remove results that are older than the settings keep them, now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.common.clock import utc_now
from apps.common.durations import limit_words
from apps.rules.retention import Keep, Pruned, prune


class Command(BaseCommand):
    help = (
        "Remove results of checks and observations that are older than MIDWATCH_KEEP_CHECKS and "
        "MIDWATCH_KEEP_OBSERVATIONS say. While Midwatch runs it does so by itself, every hour."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how many rows would be removed.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        keep, now = Keep(settings.MIDWATCH_KEEP_CHECKS, settings.MIDWATCH_KEEP_OBSERVATIONS), utc_now()
        found = prune(keep=keep, now=now, dry_run=dry_run)
        total = Pruned(found.checks, found.observations)
        while found.more:
            found = prune(keep=keep, now=now)
            total.checks, total.observations = total.checks + found.checks, total.observations + found.observations
        verb = "Would remove" if dry_run else "Removed"
        self.stdout.write(
            f"{verb} {total.checks:,} checks older than {limit_words(keep.checks)} and {total.observations:,} "
            f"observations older than {limit_words(keep.observations)}."
        )
