"""The questions that `manage.py doctor` asks. Each answers with what is well, and how to mend what is not."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from apps.alerts.models import Delivery, DeliveryStatus
from apps.api.modelcheck import Finding, look_at_model
from apps.common.errors import NotFoundNearby
from apps.common.records import record
from apps.common.rotation import unreadable_secrets
from apps.connections.models import Connection
from apps.connections.services import Step, deep_check, test_connection
from apps.rules.models import RuleState
from apps.teams.models import User

BROKER_SECONDS = 2
MAIL_SECONDS = 5
# While a worker and a dispatcher run, work waits for seconds; after a crash, for as long as a lease lasts.
OVERDUE = timedelta(minutes=5)


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@record
class Answer:
    """One line: what was asked about, how it is, and in a sentence what was found or how to mend it."""

    subject: str
    level: Level
    message: str


def examine(now: datetime) -> Iterator[Answer]:
    """Every answer, as it is found. What rests on the database is not asked while the database is in trouble."""
    yield address(settings.MIDWATCH_BASE_URL, settings.ALLOWED_HOSTS, embedded=settings.EMBEDDED)
    keys = encryption_keys(settings.MIDWATCH_ENCRYPTION_KEYS)
    yield keys
    yield broker(settings.ENV.redis_url, embedded=settings.EMBEDDED)
    yield mail()
    own = database()
    yield own
    if own.level is not Level.PROBLEM and keys.level is not Level.PROBLEM:
        yield secrets()
        yield people()
        yield from data_stores()
        yield overdue(now)
        yield language_model(look_at_model(now))


def address(base_url: str, hosts: list[str], *, embedded: bool) -> Answer:
    """Whether the address in messages is one that Midwatch answers to, and one that protects passwords."""
    host = urlsplit(base_url).hostname or ""
    if not any(name in ("*", host) or (name.startswith(".") and host.endswith(name)) for name in hosts):
        return _problem("address", f"Links lead to {base_url}, but ALLOWED_HOSTS does not name {host}. Add it there.")
    if not embedded and not base_url.startswith("https://"):
        return _warning(
            "address",
            f"{base_url} is no https address, so passwords travel in clear. Put a TLS proxy in front of Midwatch and "
            "set MIDWATCH_BASE_URL to its https address.",
        )
    return _ok("address", f"Pages and links are at {base_url}.")


def encryption_keys(keys: tuple[str, ...]) -> Answer:
    """Whether every key is one that secrets can be sealed with."""
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            return _problem(
                "keys",
                f"Key {position} in MIDWATCH_ENCRYPTION_KEYS is no key. `python -m config.keys` prints a good one.",
            )
    return _ok("keys", f"{len(keys)} encryption key{'s' if len(keys) > 1 else ''}; the first one seals new secrets.")


def broker(redis_url: str, *, embedded: bool) -> Answer:
    """Whether Redis answers within two seconds; without one, whether that is right."""
    if not redis_url:
        if embedded:
            return _ok("broker", "Tasks stay in the memory of `manage.py up`; no Redis is needed.")
        return _warning(
            "broker", "REDIS_URL is not set: that is right for `manage.py up` alone, and wrong for separate workers."
        )
    try:
        with redis.Redis.from_url(
            redis_url, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return _problem("broker", f"Redis does not answer: {_cause(error)}. Check REDIS_URL, and that Redis runs.")
    return _ok("broker", "Redis answers.")


def mail() -> Answer:
    """Whether the mail server lets us in."""
    if not settings.EMAIL_CONFIGURED:
        return _ok("mail", f"EMAIL_URL is not set: mails are kept as files in {settings.EMAIL_OUTBOX}.")
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    backend = EmailBackend(timeout=MAIL_SECONDS)
    try:
        backend.open()
        if backend.connection:
            backend.connection.noop()
        backend.close()
    except (OSError, smtplib.SMTPException) as error:
        return _problem("mail", f"The mail server {server} cannot be used: {_cause(error)}. Check EMAIL_URL.")
    return _ok("mail", f"The mail server {server} answers.")


def database() -> Answer:
    """Whether Midwatch's own database answers and has every migration."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return _problem("database", f"{connection.display_name} cannot be used: {_cause(error)}. Check DATABASE_URL.")
    if missing:
        return _problem("database", f"{missing} migrations are missing. Run `python manage.py migrate`.")
    if connection.vendor == "sqlite" and _journal_mode() != "wal":
        return _warning(
            "database",
            "SQLite cannot use its write-ahead log here, so pages wait for checks. Put MIDWATCH_HOME on a local disk.",
        )
    return _ok("database", f"{connection.display_name} answers; every migration is applied.")


def secrets() -> Answer:
    """Whether the keys open what is stored."""
    if rows := unreadable_secrets():
        return _problem(
            "secrets",
            f"No key opens the secrets of {', '.join(rows)}. Add the key they were stored with to "
            "MIDWATCH_ENCRYPTION_KEYS, or enter those secrets anew.",
        )
    return _ok("secrets", "Every stored secret can be opened.")


def people() -> Answer:
    """Whether somebody can sign in."""
    if User.objects.filter(is_active=True).exists():
        return _ok("people", "Somebody can sign in.")
    return _warning("people", "Nobody can sign in yet. Run `python manage.py createsuperuser`.")


def data_stores() -> Iterator[Answer]:
    """The connection test of every connection."""
    for each in Connection.objects.select_related("team"):
        subject = f"connection {each.name} ({each.team})"
        report = test_connection(connection=each)
        if not report.ok:
            yield _problem(subject, report.message)
        elif report.warning:
            yield _warning(subject, f"{report.message} {report.warning}")
        else:
            yield _ok(subject, report.message)


def deep_checks(name: str) -> Iterator[tuple[Connection, Iterator[Step]]]:
    """The connections of this name, each with the steps of its deep check. Raises NotFoundNearby."""
    found = list(Connection.objects.select_related("team").filter(name=name).order_by("team__name"))
    if not found:
        known = Connection.objects.values_list("name", flat=True)
        raise NotFoundNearby(f"There is no connection {name!r}.", name, known)
    for each in found:
        yield each, deep_check(connection=each)


def language_model(found: Finding) -> Answer:
    """What was found of the optional language model. Alerts do not need it, so its trouble is a warning."""
    return Answer("language model", Level.OK if found.well else Level.WARNING, found.message)


def overdue(now: datetime) -> Answer:
    """Whether somebody does the checking and the sending."""
    checks = RuleState.objects.filter(next_check_at__lt=now - OVERDUE).count()
    messages = Delivery.objects.filter(status=DeliveryStatus.QUEUED, due_at__lt=now - OVERDUE).count()
    if checks or messages:
        return _warning(
            "watch",
            f"{checks:,} {'check' if checks == 1 else 'checks'} and "
            f"{messages:,} {'message' if messages == 1 else 'messages'} waited for more than 5 min. "
            "Start `python manage.py up`, or in production the worker, beat and the dispatcher.",
        )
    return _ok("watch", "No check and no message is overdue.")


def _journal_mode() -> str:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return str(cursor.fetchone()[0])


def _cause(error: Exception) -> str:
    """What an error says first; a library's further lines only guess at why."""
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")


def _ok(subject: str, message: str) -> Answer:
    return Answer(subject, Level.OK, message)


def _warning(subject: str, message: str) -> Answer:
    return Answer(subject, Level.WARNING, message)


def _problem(subject: str, message: str) -> Answer:
    return Answer(subject, Level.PROBLEM, message)
