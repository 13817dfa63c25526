"""When the database is away, one address that stands in the settings hears of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

from apps.alerts.outbox.emergency import Sight, Watch, is_to_tell
from apps.alerts.outbox.loop import sees
from config.database import settings as database_settings
from tests.servers.http import Answer, HttpServer
from tests.servers.postgres import PostgresServer
from tests.servers.smtp import SmtpServer

NOW = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AWAY = OperationalError("connection refused")


@pytest.fixture
def watch(tmp_path: Path, smtp: SmtpServer, http: HttpServer) -> Watch:
    return Watch(tmp_path / "emergency.json", host="db-1", to=["boss@example.com"], url=http.url)


def blind(watch: Watch, *minutes: int) -> None:
    for minute in minutes:
        watch.blind(AWAY, now=NOW + minute * MINUTE)


@pytest.mark.parametrize(
    ("since", "told", "minutes", "expected"),
    [(None, None, 9, False), (0, None, 2, False), (0, None, 3, True), (0, 3, 62, False), (0, 3, 63, True)],
)
def test_it_is_told_after_three_minutes_and_then_once_an_hour(
    since: int | None, told: int | None, minutes: int, expected: bool
) -> None:
    moments = [None if each is None else NOW + each * MINUTE for each in (since, told)]
    assert is_to_tell(Sight(*moments), NOW + minutes * MINUTE) is expected


def test_mail_and_address_both_hear_since_when_monitoring_is_blind(
    watch: Watch, smtp: SmtpServer, http: HttpServer
) -> None:
    blind(watch, 0, 1, 2, 3, 4, 5, 60, 62, 63)
    assert [str(mail["To"]) for mail in smtp.mails] == ["boss@example.com"] * 2
    text = json.loads(http.requests[0].body)["text"]
    assert "Midwatch on db-1 cannot reach its database since 21 Nov 2026, 02:10 UTC" in text
    assert "monitoring is blind since then" in text


def test_a_restarted_dispatcher_and_another_one_of_the_host_say_it_not_again(
    watch: Watch, tmp_path: Path, smtp: SmtpServer
) -> None:
    blind(watch, 0, 3)
    blind(Watch(watch.file, host="db-1", to=["boss@example.com"]), 4, 10, 30)
    assert len(smtp.mails) == 1


def test_the_end_is_told_to_who_heard_of_the_beginning(watch: Watch, smtp: SmtpServer) -> None:
    blind(watch, 0, 3)
    watch.seeing(now=NOW + 10 * MINUTE)
    watch.seeing(now=NOW + 11 * MINUTE)
    assert [str(mail["Subject"]) for mail in smtp.mails][1:] == ["[Emergency over] Midwatch sees again"]
    assert not watch.file.exists()


def test_a_short_absence_is_not_told(watch: Watch, smtp: SmtpServer) -> None:
    blind(watch, 0, 2)
    watch.seeing(now=NOW + 2 * MINUTE)
    blind(watch, 10, 12)
    assert smtp.mails == []


def test_what_was_not_taken_is_tried_again_a_minute_later(tmp_path: Path, http: HttpServer) -> None:
    watch = Watch(tmp_path / "emergency.json", host="db-1", url=http.url)
    http.answers.append(Answer(500))
    blind(watch, 0, 3)
    watch.blind(AWAY, now=NOW + 3 * MINUTE + timedelta(seconds=5))
    blind(watch, 4, 5)
    assert len(http.requests) == 2


@pytest.fixture
def own_database(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[PostgresServer, BaseDatabaseWrapper]]:
    """A PostgreSQL that can be stopped, and Midwatch's connection to it."""
    server = PostgresServer().start()
    database = ConnectionHandler({"default": database_settings(server.url())})["default"]
    with django_db_blocker.unblock():
        yield server, database
        database.close()
    server.stop()


def test_a_postgresql_that_is_stopped_is_noticed_and_its_return_too(
    watch: Watch, own_database: tuple[PostgresServer, BaseDatabaseWrapper], http: HttpServer
) -> None:
    server, database = own_database
    assert sees(database, now=NOW, watch=watch)
    server.halt()
    assert not any(sees(database, now=NOW + minute * MINUTE, watch=watch) for minute in (1, 2, 3, 4, 5))
    server.resume()
    database.close_if_unusable_or_obsolete()  # as the loop does before each turn
    assert sees(database, now=NOW + 6 * MINUTE, watch=watch)
    assert [json.loads(request.body)["subject"][:16] for request in http.requests] == [
        "[Emergency] Midw",
        "[Emergency over]",
    ]


def test_a_disk_that_takes_no_file_makes_no_flood_of_mails(watch: Watch, smtp: SmtpServer) -> None:
    watch.file.mkdir()
    blind(watch, 0, 3, 5, 10, 30)
    assert len(smtp.mails) == 1
    blind(watch, 63)
    assert len(smtp.mails) == 2


def test_without_any_place_to_remember_it_the_blindness_is_told_all_the_same(watch: Watch, smtp: SmtpServer) -> None:
    watch.file = watch.file.parent / "gone" / "emergency.json"
    blind(watch, 0, 3, 5, 10)
    watch.seeing(now=NOW + 20 * MINUTE)
    assert [str(mail["Subject"]).split("]")[0] for mail in smtp.mails] == ["[Emergency", "[Emergency over"]
