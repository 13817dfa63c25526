"""Saving a connection: what is valid, which stored secrets stay, and writing it when it differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from apps.common.errors import InvalidInput
from apps.common.fields import Sealed, SecretsUnreadable
from apps.common.plugins import Settings, check_settings
from apps.connections import schedule
from apps.connections.engines.contract import Engine
from apps.connections.models import Connection
from apps.teams.models import Team, check_time_zone

NAME_LENGTH = 100


def check_frame(*, team: Team, name: str, timezone: str, instance: Connection | None) -> None:
    name = name.strip()
    if not name:
        raise InvalidInput("A connection needs a name.", field="name")
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"The name is too long; write at most {NAME_LENGTH} characters.", field="name")
    others = Connection.objects.filter(team=team, name=name)
    if (others.exclude(pk=instance.pk) if instance else others).exists():
        raise InvalidInput(f"The team has a connection {name!r} already. Choose another name.", field="name")
    try:
        check_time_zone(timezone)
    except ValidationError as error:
        raise InvalidInput(str(error.message), field="timezone") from error


def completed(
    driver: type[Engine], settings: Mapping[str, Any], stored: Connection | None
) -> tuple[Settings, dict[str, str]]:
    """Valid settings, with the secrets that are left empty taken from `stored`; and which those are."""
    given = {key for key in driver.Settings.secret_names() if settings.get(key)}
    rivals = {key for group in driver.rival_secrets if given and not given & {*group} for key in group}
    left = [key for key in driver.Settings.secret_names() if key not in given | rivals]
    kept = _kept(stored, left) if stored else {}
    checked = check_settings(driver.Settings, {**settings, **kept})
    if kept and stored:
        _check_place(driver, stored, checked, field=next(iter(kept)))
    return checked, kept


def _check_place(driver: type[Engine], connection: Connection, wanted: Settings, *, field: str) -> None:
    """A stored secret is not sent to another place than it was entered for: whoever moves it must know it."""
    before = check_settings(driver.Settings, {**connection.settings, **connection.secrets.open()})
    if any(getattr(before, name) != getattr(wanted, name) for name in driver.secrets_go_to):
        where = " or ".join(driver.secrets_go_to)
        raise InvalidInput(f"The {where} changed, so enter the {field} again.", field=field)


def _kept(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """The stored secrets of these names. Opened only when one is asked for: all may be entered anew."""
    if not names:
        return {}
    try:
        return {key: value for key, value in connection.secrets.open().items() if key in names}
    except SecretsUnreadable as error:
        raise InvalidInput(str(error), field=next(iter(names))) from error


def store(connection: Connection, fields: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Write the connection when it differs from what is stored."""
    secrets = {key: value for key, value in secrets.items() if value}
    if all(getattr(connection, field) == value for field, value in fields.items()) and _holds(connection, secrets):
        return
    for field, value in fields.items():
        setattr(connection, field, value)
    connection.secrets = Sealed.of(secrets)
    connection.save()
    schedule.ask_anew(connection)


def _holds(connection: Connection, secrets: Mapping[str, str]) -> bool:
    """Whether these secrets are the stored ones; compared in clear, as encryption gives another text each time."""
    try:
        return bool(connection.secrets.open() == secrets)
    except SecretsUnreadable:
        return False
