"""A store that answers as Amazon Redshift does, as far as its system views go: PostgreSQL with those views."""

from __future__ import annotations

from typing import Any

from tests.connections.stores import PostgresStore
from tests.servers.postgres import PostgresServer
from tests.servers.redshift_views import VIEWS


class RedshiftStore(PostgresStore):
    key = "redshift"

    def __init__(self, server: PostgresServer, database: str) -> None:
        super().__init__(server, database)
        self.execute(*VIEWS)

    def settings(self, **changes: Any) -> dict[str, Any]:
        return super().settings(**{"sslmode": "disable", **changes})
