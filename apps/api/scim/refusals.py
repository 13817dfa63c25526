"""How SCIM says no (RFC 7644, section 3.12)."""

from __future__ import annotations

from apps.common.errors import MidwatchError

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Refusal(MidwatchError):
    """An answer that is none of the good ones. `kind` is one of the RFC's words, where it has one."""

    def __init__(self, status: int, sentence: str, *, kind: str = "") -> None:
        super().__init__(sentence)
        self.status, self.kind = status, kind

    def body(self) -> dict[str, object]:
        said: dict[str, object] = {"schemas": [ERROR], "status": str(self.status), "detail": str(self)}
        return {**said, "scimType": self.kind} if self.kind else said


def missing(what: str, number: str) -> Refusal:
    return Refusal(404, f"There is no {what} {number}.")
