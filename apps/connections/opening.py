"""From a stored connection to its engine."""

from __future__ import annotations

from apps.common.plugins import check_settings
from apps.connections.engines import ENGINES
from apps.connections.engines.contract import Engine
from apps.connections.models import Connection


def open_engine(*, connection: Connection) -> Engine:
    """The engine of a connection, not opened yet: use it in a `with`. Raises SecretsUnreadable or InvalidInput."""
    driver = ENGINES[connection.engine]
    settings = check_settings(driver.Settings, {**connection.settings, **connection.secrets.open()})
    return driver(settings, label=f"Midwatch: {connection.name}")
