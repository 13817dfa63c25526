"""What the double of Snowflake refuses, in the form of Snowflake's replies: `success` false, a `code` and a `message`.

The connector's sources know the codes of sessions ("network.py" of its version 3: 390112 expired, 390114 master token
expired, 333333 in progress); those of statements are the ones that Snowflake's error messages begin with.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A login or a statement failed. `code` is Snowflake's own number, `sql_state` the standard's."""

    def __init__(self, code: str, message: str, sql_state: str = "08001") -> None:
        super().__init__(message)
        self.code, self.sql_state = code, sql_state

    @property
    def reply(self) -> dict[str, Any]:
        if self.code.startswith("390"):  # a matter of sessions
            return {"data": None, "code": self.code, "message": str(self), "success": False, "headers": None}
        data = {"internalError": False, "errorCode": self.code, "sqlState": self.sql_state, "line": -1, "pos": -1}
        return {"data": data, "code": self.code, "message": str(self), "success": False, "headers": None}


def missing(kind: str, name: str) -> Refused:
    return Refused("002003", f"SQL compilation error:\n{kind} '{name}' does not exist or not authorized.", "02000")


def expired() -> Refused:
    return Refused("390112", "Your session has expired. Please login again.")


def gone() -> Refused:
    return Refused("390111", "Session no longer exists.  New login required to access the service.")
