"""What is done to Midwatch is written down, for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.alerts.services import save_channel
from apps.changes.audit.chain import breaks
from apps.changes.audit.sealing import seal
from apps.changes.models import AuditEntry
from apps.teams.models import Team, User

NOW = datetime(2030, 3, 2, 3, 0, tzinfo=UTC)
PASSWORD = "a long enough passphrase"


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data")


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_superuser("anna@example.com", PASSWORD, name="Anna Berg")


def last() -> AuditEntry:
    return AuditEntry.objects.order_by("-pk")[0]


def chain() -> Iterator[str]:
    return (each.problem for each in breaks(AuditEntry.objects.exclude(number=None).order_by("number")))


def test_a_change_is_a_sentence_with_both_values(team: Team) -> None:
    team.timezone = "Europe/Berlin"
    team.save()
    assert last().sentence.endswith("changed the time zone of “Data” from UTC to Europe/Berlin.")
    assert last().changes == [{"field": "time zone", "old": "UTC", "new": "Europe/Berlin"}]
    assert (last().team_id, last().model) == (team.pk, "teams.team")


def test_who_signs_in_and_out_is_written_with_the_address(client: Client, anna: User) -> None:
    client.post("/login/", {"username": anna.email, "password": PASSWORD})
    assert (last().sentence, last().address) == ("Anna Berg <anna@example.com> signed in.", "127.0.0.1")
    client.post("/logout/")
    assert last().sentence == "Anna Berg <anna@example.com> signed out."


def test_signing_in_is_one_entry_and_a_new_password_is_one(client: Client, anna: User) -> None:
    before = AuditEntry.objects.count()
    client.post("/login/", {"username": anna.email, "password": PASSWORD})
    assert AuditEntry.objects.count() == before + 1
    anna.set_password("another long passphrase")
    anna.save()
    assert last().sentence.endswith("changed a secret of the user “Anna Berg”.")


def test_a_failed_sign_in_is_written_without_the_password(client: Client, anna: User) -> None:
    client.post("/login/", {"username": anna.email, "password": "guessed wrong"})
    assert last().sentence == "Somebody could not sign in as anna@example.com."
    assert "guessed" not in str(AuditEntry.objects.values())


def test_a_new_secret_is_told_and_never_shown(team: Team) -> None:
    settings = {"url": "https://hooks.example.com/x", "secret": "the first secret that both know"}
    channel = save_channel(team=team, name="hook", type="webhook", settings=settings)
    save_channel(
        team=team, name="hook", type="webhook", instance=channel,
        settings=settings | {"secret": "the second secret that both know"},
    )  # fmt: skip
    assert last().sentence.endswith("changed a secret of the channel “hook”.")
    assert "both know" not in str(AuditEntry.objects.values())


def test_what_is_deleted_keeps_its_name_in_the_audit(team: Team) -> None:
    team.delete()
    assert last().sentence.endswith("deleted the team “Data”.")
    assert last().object_name == "Data"


def test_an_untouched_chain_holds_and_a_changed_entry_breaks_it(team: Team, anna: User) -> None:
    assert seal(now=NOW) == 2
    assert list(chain()) == []
    with connection.cursor() as cursor:
        _without_guard(cursor)
        cursor.execute("UPDATE changes_auditentry SET actor = 'nobody' WHERE number = 1")
    assert list(chain()) == [
        "Its digest does not fit: it, or what stood before it, was changed.",
    ]


def test_a_removed_entry_breaks_the_chain(team: Team, anna: User) -> None:
    Team.objects.create(name="Finance")
    seal(now=NOW)
    with connection.cursor() as cursor:
        _without_guard(cursor)
        cursor.execute("DELETE FROM changes_auditentry WHERE number = 2")
    assert list(chain()) == ["Entry 2 of the chain is missing before it."]


def test_sealing_goes_on_where_it_ended(team: Team) -> None:
    seal(now=NOW)
    Team.objects.create(name="Finance")
    assert (seal(now=NOW), seal(now=NOW)) == (1, 0)
    assert list(chain()) == []


def test_nobody_changes_an_entry_not_even_by_sql(team: Team) -> None:
    seal(now=NOW)
    with pytest.raises(TypeError, match="never changed"):
        last().save()
    with pytest.raises(TypeError, match="never removed"):
        AuditEntry.objects.all().delete()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE changes_auditentry SET sentence = 'nothing happened'")


def _without_guard(cursor: object) -> None:
    """What an attacker with the database's password would do first."""
    on = " ON changes_auditentry" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER changes_auditentry_guard{on}")  # type: ignore[attr-defined]
