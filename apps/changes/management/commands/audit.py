"""`manage.py audit`: verify that nobody changed or removed what the audit holds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.changes.models import AuditEntry
from apps.changes.services import seal, verify
from apps.common.clock import utc_now


class Command(BaseCommand):
    help = "Verify the chain of the audit. Keep the digest that it prints outside this machine, to compare with later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect", metavar="NUMBER:DIGEST", help="What an earlier run printed: it must still stand in the chain."
        )

    def handle(self, *, expect: str | None, **_: Any) -> None:
        while seal(now=utc_now()):
            pass
        problems = [f"Entry {each.number}: {each.problem}" for each in verify()]
        problems += _unexpected(expect) if expect else []
        if problems:
            raise CommandError("\n".join(["The audit was tampered with, or the database was restored.", *problems]))
        last = AuditEntry.objects.exclude(number=None).order_by("-number").first()
        if last is None:
            self.stdout.write("The audit is empty.")
            return
        self.stdout.write(f"The audit holds: {last.number:,} entries, none changed or missing.")
        self.stdout.write(f"{last.number}:{last.digest}")


def _unexpected(expect: str) -> list[str]:
    number, _, digest = expect.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise CommandError("Write --expect as an earlier run printed it: the number, a colon and 64 characters.")
    entry = AuditEntry.objects.filter(number=int(number)).first()
    if entry is None:
        return [f"Entry {number} is missing: the end of the chain was cut off, or an older database was restored."]
    return [] if entry.digest == digest else [f"Entry {number} has another digest than you kept."]
