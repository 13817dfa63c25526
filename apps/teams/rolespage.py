"""The page "Roles": what each role may do, as `teams.rights` has it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.teams.adminsite import page
from apps.teams.models import Member, Role
from apps.teams.rights import RIGHTS


@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """The table, and the person's own roles."""
    mine = Member.objects.filter(user=request.user.pk).select_related("team")
    context = {
        "roles": [role.label for role in Role],
        "lines": [(right, right.given_to()) for right in RIGHTS],
        "mine": mine,
    }
    return page(request, "teams/roles.html", context, title="Roles")
