import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now
from pytest_django import Settings

from apps.alerts.models import Channel, Delivery, DeliveryKind
from apps.api import doctor
from apps.api.doctor import Answer, Level
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.teams.models import Team, User
from tests.servers.ports import free_port
from tests.servers.valkey import ValkeyServer


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="data-ops")


@pytest.fixture
def warehouse(team: Team, tmp_path: Path) -> Connection:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER)")
    return save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})


@pytest.fixture
def smtp() -> Iterator[int]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def answers() -> dict[str, Answer]:
    return {answer.subject: answer for answer in doctor.examine(now())}


def test_a_fresh_installation_with_one_connection_is_well(warehouse: Connection, settings: Settings) -> None:
    settings.EMBEDDED = True
    User.objects.create_user("ann@example.com")
    assert {answer.level for answer in answers().values()} == {Level.OK}


def test_a_connection_that_fails_is_a_problem_with_the_engines_own_words(warehouse: Connection, tmp_path: Path) -> None:
    (tmp_path / "shop.duckdb").unlink()
    answer = answers()["connection shop (data-ops)"]
    assert answer.level is Level.PROBLEM
    assert "shop.duckdb" in answer.message


@pytest.mark.parametrize(
    ("base_url", "hosts", "embedded", "level"),
    [
        ("https://watch.example.com", ["watch.example.com"], False, Level.OK),
        ("https://watch.example.com", [".example.com"], False, Level.OK),
        ("https://watch.example.com", ["*"], False, Level.OK),
        ("https://watch.example.com", ["localhost"], False, Level.PROBLEM),
        ("http://watch.example.com", ["watch.example.com"], False, Level.WARNING),
        ("http://127.0.0.1:8000", ["127.0.0.1"], True, Level.OK),
    ],
)
def test_the_address_must_be_one_that_is_answered(
    base_url: str, hosts: list[str], embedded: bool, level: Level
) -> None:
    assert doctor.address(base_url, hosts, embedded=embedded).level is level


def test_a_key_that_is_none_is_named_by_its_position() -> None:
    answer = doctor.encryption_keys((Fernet.generate_key().decode(), "short"))
    assert answer.level is Level.PROBLEM
    assert "Key 2" in answer.message


def test_a_redis_that_runs_answers(redis_server: ValkeyServer) -> None:
    assert doctor.broker(redis_server.url, embedded=False).level is Level.OK


@pytest.mark.parametrize(
    ("url", "embedded", "level"),
    [("", True, Level.OK), ("", False, Level.WARNING), ("nonsense", False, Level.PROBLEM)],
)
def test_no_redis_is_right_in_embedded_mode_alone(url: str, embedded: bool, level: Level) -> None:
    assert doctor.broker(url, embedded=embedded).level is level


def test_a_redis_that_is_not_there_is_a_problem() -> None:
    answer = doctor.broker(f"redis://127.0.0.1:{free_port()}/0", embedded=False)
    assert answer.level is Level.PROBLEM
    assert "Check REDIS_URL" in answer.message


def test_without_a_mail_server_it_says_where_the_mails_are(settings: Settings) -> None:
    assert str(settings.EMAIL_OUTBOX) in doctor.mail().message


def test_a_mail_server_that_answers_is_well(settings: Settings, smtp: int) -> None:
    settings.EMAIL_CONFIGURED, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", smtp
    assert doctor.mail() == Answer("mail", Level.OK, f"The mail server 127.0.0.1:{smtp} answers.")


def test_a_mail_server_that_is_not_there_is_a_problem(settings: Settings) -> None:
    settings.EMAIL_CONFIGURED, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", free_port()
    assert doctor.mail().level is Level.PROBLEM


@pytest.mark.django_db
def test_a_missing_migration_is_a_problem() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'teams'")
    assert "manage.py migrate" in doctor.database().message


@pytest.mark.django_db
def test_nobody_who_can_sign_in_is_a_warning() -> None:
    assert doctor.people().level is Level.WARNING


def test_secrets_that_no_key_opens_are_a_problem(team: Team, settings: Settings) -> None:
    login = {"host": "db", "database": "app", "user": "midwatch", "password": "hunter2"}
    save_connection(team=team, name="app", engine="postgres", settings=login)
    settings.MIDWATCH_ENCRYPTION_KEYS = (Fernet.generate_key().decode(),)
    assert doctor.secrets().level is Level.PROBLEM


@pytest.mark.parametrize(("minutes", "level"), [(5, Level.OK), (6, Level.WARNING)])
def test_a_message_that_waits_for_more_than_five_minutes_is_a_warning(minutes: int, level: Level, team: Team) -> None:
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    due = moment - timedelta(minutes=minutes)
    channel = Channel.objects.create(team=team, name="ops", type="email")
    Delivery.objects.create(channel=channel, kind=DeliveryKind.TEST, key="k", created_at=due, due_at=due)
    assert doctor.overdue(moment).level is level


def test_the_command_ends_with_1_when_there_is_a_problem(
    warehouse: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.duckdb").unlink()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ended.value.code == 1
    assert [line["subject"] for line in lines if line["level"] == "problem"] == ["connection shop (data-ops)"]


def test_the_command_prints_a_line_for_each_answer(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor", no_color=True)
    lines = capsys.readouterr().out.splitlines()
    assert "ok       keys: 1 encryption key; the first one seals new secrets." in lines


def test_a_deep_check_prints_a_line_for_each_step(warehouse: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor", connection="shop", deep=True, no_color=True)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "shop (data-ops), DuckDB"
    assert "ok          row limit: A second row was refused where one was allowed." in lines
    assert lines[-1] == "not offered secrets: This connection has none."


def test_a_deep_check_covers_every_connection_of_that_name(
    warehouse: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Team.objects.create(name="other")
    save_connection(team=other, name="shop", engine="duckdb", settings={"path": str(tmp_path / "none.duckdb")})
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", connection="shop", deep=True, json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ended.value.code == 1
    assert [(line["team"], line["name"]) for line in lines if line["outcome"] == "failed"] == [("other", "open")]
    assert {line["team"] for line in lines} == {"data-ops", "other"}


def test_a_deep_check_of_a_connection_whose_secrets_no_key_opens_says_so(
    team: Team, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    login = {"host": "db", "database": "app", "user": "midwatch", "password": "hunter2"}
    save_connection(team=team, name="app", engine="postgres", settings=login)
    settings.MIDWATCH_ENCRYPTION_KEYS = (Fernet.generate_key().decode(),)
    with pytest.raises(SystemExit):
        call_command("doctor", connection="app", deep=True, no_color=True)
    assert "failed      settings: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"connection": "shpo", "deep": True}, "There is no connection 'shpo'. Did you mean shop?"),
        ({"connection": "shop"}, "doctor --connection NAME --deep"),
    ],
)
def test_a_connection_that_is_named_must_be_there_and_is_checked_deeply(
    warehouse: Connection, options: dict[str, object], said: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(said)):
        call_command("doctor", **options)
