"""The error replies of the BigQuery API, as its pages "Error messages" and "Jobs: query" have them."""

from __future__ import annotations

from typing import Any

STATUS = {
    "accessDenied": 403, "backendError": 503, "bytesBilledLimitExceeded": 400, "invalid": 400, "invalidQuery": 400,
    "notFound": 404, "quotaExceeded": 403, "rateLimitExceeded": 403, "stopped": 499, "accessNotConfigured": 403,
    "authError": 401,
}  # fmt: skip


class Refused(Exception):
    """A request or a job failed, for a reason of that page."""

    def __init__(self, reason: str, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status or STATUS[reason]

    @property
    def proto(self) -> dict[str, str]:
        """The ErrorProto."""
        return {"reason": self.reason, "message": str(self), "domain": "global"}

    @property
    def reply(self) -> dict[str, Any]:
        """What is sent; a server between here and BigQuery knows no reasons."""
        errors = {"errors": [self.proto]} if self.reason else {}
        return {"error": {"code": self.status, "message": str(self), **errors}}
