"""`manage.py audit`."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.teams.models import Team


def audit(*arguments: str) -> str:
    out = io.StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_says_that_the_audit_holds_and_prints_what_to_keep() -> None:
    Team.objects.create(name="Data")
    lines = audit().splitlines()
    assert lines[0] == "The audit holds: 1 entries, none changed or missing."
    Team.objects.create(name="Finance")
    assert audit("--expect", lines[1]).startswith("The audit holds: 2 entries")


@pytest.mark.django_db
def test_it_fails_when_the_end_was_cut_off() -> None:
    Team.objects.create(name="Data")
    kept = audit().splitlines()[1]
    with connection.cursor() as cursor:
        on = " ON changes_auditentry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER changes_auditentry_guard{on}")
        cursor.execute("DELETE FROM changes_auditentry")
    with pytest.raises(CommandError, match="the end of the chain was cut off"):
        audit("--expect", kept)


@pytest.mark.django_db
def test_it_says_how_to_write_what_was_kept() -> None:
    with pytest.raises(CommandError, match="as an earlier run printed it"):
        audit("--expect", "nonsense")
