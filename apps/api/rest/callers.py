"""Who calls the API, and what they may reach. An object of another team does not exist for them: 404."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja.utils import check_csrf

from apps.changes.services import token_used
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, MidwatchError
from apps.common.records import record
from apps.teams.models import Team, User
from apps.teams.permissions import Act, Grant, allowed, grant_of, grant_of_token, teams_for
from apps.teams.services import use_token

M = TypeVar("M", bound=Model)
NEEDS = {
    Act.OPERATE: "You may look at this, but not act on it. It takes the role operator or higher in its team.",
    Act.CONFIGURE: "You may look at this, but not change it. It takes the role manager or higher in its team.",
}


class NotFound(MidwatchError):
    """There is no such object, as far as the caller may know."""


class Forbidden(MidwatchError):
    """The caller may see the object, but not do this."""


@record
class Caller:
    """A signed-in person, or a token that acts for its team."""

    grant: Grant
    user: User | None = None
    token: str = ""


class CallerRequest(HttpRequest):
    """A request that `identify` let through."""

    auth: Caller


def identify(request: HttpRequest) -> Caller | None:
    """The caller: by token where one is sent, else by the session cookie (writes then need the CSRF token)."""
    if header := request.headers.get("Authorization"):
        scheme, _, key = header.partition(" ")
        token = use_token(key=key.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            return None
        request.api_token = token  # type: ignore[attr-defined]  # for the audit
        token_used(token=token, address=str(request.META.get("REMOTE_ADDR") or ""), now=utc_now())
        return Caller(grant_of_token(token), token=token.name)
    if not isinstance(request.user, User):
        return None
    if check_csrf(request):
        raise Forbidden("The CSRF token is missing or wrong. Send the cookie csrftoken as the header X-CSRFToken.")
    return Caller(grant_of(request.user), user=request.user)


def visible(rows: QuerySet[M], caller: Caller, *, team: str = "team") -> QuerySet[M]:
    """The rows that the caller may see. `team` leads to their team as in a query."""
    return allowed(rows, caller.grant, team=team)


def reach(rows: QuerySet[M], caller: Caller, pk: int, act: Act = Act.VIEW, *, team: str = "team") -> M:
    """The row, for doing `act` to it. Raises NotFound or Forbidden."""
    found = visible(rows, caller, team=team).filter(pk=pk)
    row = found.first()
    if row is None:
        raise NotFound(f"There is no {rows.model._meta.verbose_name} {pk}.")
    if act is not Act.VIEW and not caller.grant.allows(act, found.values_list(team, flat=True)[0]):
        raise Forbidden(NEEDS[act])
    return row


def team_to_configure(caller: Caller, name: object) -> Team:
    """The team that a new object is for: the named one, or the caller's only one. Raises InvalidInput or Forbidden."""
    seen = teams_for(caller.grant, Act.VIEW)
    if name is not None:
        seen = seen.filter(name=str(name))
    teams = [team for team in seen if caller.grant.allows(Act.CONFIGURE, team.pk)]
    if len(teams) == 1:
        return teams[0]
    if teams:
        raise InvalidInput("You may change several teams. Say which one this is for.", field="team")
    if seen:
        raise Forbidden(NEEDS[Act.CONFIGURE])
    raise InvalidInput(f"There is no team {str(name)!r}.", field="team")
