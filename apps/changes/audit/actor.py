"""Who acts: a person on a page, an API token, or somebody at the command line."""

from __future__ import annotations

import getpass

from django.http import HttpRequest
from simple_history.models import HistoricalRecords

from apps.common.records import record
from apps.teams.models import ApiToken, ProvisioningToken, User

COMMAND_LINE = "{user} at the command line"
MIDWATCH = "Midwatch"


@record
class Actor:
    """Who, and from which address where that is known."""

    name: str
    user_id: int | None = None
    address: str = ""


def current() -> Actor:
    """Whoever makes the present request; without one, the login at the command line (or Midwatch's own processes)."""
    request = getattr(HistoricalRecords.context, "request", None)
    return of_request(request) if request is not None else Actor(_login())


def of_request(request: HttpRequest) -> Actor:
    """Whoever makes `request`."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    token = getattr(request, "api_token", None)  # set where the API identifies its caller
    if isinstance(token, ApiToken):
        return Actor(f"the API token {token.name} of {token.team}", address=address)
    provisioning = getattr(request, "provisioning", None)  # set where SCIM identifies its caller
    if isinstance(provisioning, ProvisioningToken):
        return Actor(f"the provisioning by {provisioning.provider}", address=address)
    user = getattr(request, "user", None)
    if isinstance(user, User):
        return Actor(name_of(user), user.pk, address)
    return Actor("somebody who is not signed in", address=address)


def name_of(user: User) -> str:
    """The name of a person with the mail address, which alone is unique."""
    return f"{user.name} <{user.email}>" if user.name else user.email


def _login() -> str:
    try:
        return COMMAND_LINE.format(user=getpass.getuser())
    except (KeyError, OSError):  # a container may run under a number that has no name
        return MIDWATCH
