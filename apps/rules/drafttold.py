"""Who would be told of a rule that is still being written: the form shows it before anything is saved."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.alerts.services import Preview, Subject, moments_to_show, who_is_told
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.drafts import RuleDraft
from apps.rules.forms import RuleForm
from apps.rules.kinds import KINDS
from apps.rules.told import check_told
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act, grant_of


@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """The people and channels that what is in the form would reach, now and at night. The settings of the kind need not
    be there yet: nobody is told more or less because of them."""
    kind, data = request.GET.get("kind", ""), request.POST.copy()
    if kind not in KINDS:
        raise Http404
    if connection := data.get("connection", ""):
        if not connection.isdecimal():
            raise Http404
        require(request, Act.CONFIGURE, seen(request, Connection.objects.all(), connection).team_id)
    data["name"] = data.get("name") or "A rule"
    form = RuleForm(data, grant=grant_of(request.user))
    if not form.is_valid():
        field, problems = next(iter(form.errors.items()))
        return _answer(request, problem=f"{form.fields[field].label or field.capitalize()}: {problems[0]}")
    draft = form.draft(kind, {})
    try:
        check_told(draft.connection.team, draft)
    except InvalidInput as error:
        return _answer(request, problem=str(error))
    moments = moments_to_show(now=utc_now(), timezone=draft.connection.team.timezone)
    return _answer(request, previews=[(label, preview_of(draft, at=at)) for label, at in moments])


def preview_of(draft: RuleDraft, *, at: datetime) -> Preview:
    """Who would be told at `at`; of a rule with patterns, whatever table it is."""
    return who_is_told(
        team=draft.connection.team,
        severity=draft.severity,
        subject=Subject(
            connection_id=draft.connection.pk,
            kind=draft.kind,
            table=draft.table,
            tags=tuple(draft.tags),
            owner=draft.owner.user.email if draft.owner else "",
        ),
        channel_ids=tuple(channel.pk for channel in draft.channels),
        people=tuple(member.user_id for member in draft.people),
        at=at,
    )


def _answer(
    request: HttpRequest, *, problem: str = "", previews: list[tuple[str, Preview]] | None = None
) -> HttpResponse:
    return render(request, "rules/_draft_told.html", {"problem": problem, "previews": previews or []})
