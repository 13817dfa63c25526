"""Whether an API token still opens anything: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.teams.models import ApiToken

ENDS_SOON = timedelta(days=14)


def state_of(token: ApiToken, now: datetime) -> str:
    """Valid, Ends soon, Ended or Revoked."""
    if token.revoked_at:
        return "Revoked"
    if token.expires_at and token.expires_at <= now:
        return "Ended"
    return "Ends soon" if token.expires_at and token.expires_at <= now + ENDS_SOON else "Valid"
