"""A database of Snowflake for the contract suite, in the double."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.connections.stores import Standard
from tests.servers.snowflake import SnowflakeServer
from tests.servers.snowflake_account import pem, private_key


class SnowflakeStore(Standard):
    key = "snowflake"
    home = "PUBLIC"
    everywhere: ClassVar[dict[str, Any]] = {"schemas": ()}
    aware = "TIMESTAMP_LTZ"
    naive = "TIMESTAMP_NTZ"

    def __init__(self, server: SnowflakeServer) -> None:
        self.server = server
        self.wrong_settings = self.settings(database="nowhere")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """There is one way to log in at a time: with a password in `changes` that, else with the key."""
        key = {} if "password" in changes else {"private_key": pem(private_key())}
        rest = {name: value for name, value in changes.items() if not ("password" in changes and "key" in name)}
        return {
            "account": self.server.account.name,
            "user": self.server.account.user,
            "warehouse": "WATCH_WH",
            "database": self.server.warehouse.name,
            "schemas": (self.home,),
            **key,
            **rest,
        }

    def plain(self, name: str) -> str:
        return name.upper()

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.server.warehouse.execute(statement, schema=self.home)
