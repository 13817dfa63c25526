"""What managers see of generated texts: every prompt and answer, what became of it, what it cost; and what people think
of a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from apps.alerts.generating.incidents import request_of
from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.common.records import record
from apps.summaries.models import GeneratedText, Purpose
from apps.summaries.texts import give_opinion, is_on, prompt_of, standing, used_today
from apps.teams.adminsite import page, require, seen
from apps.teams.models import Team
from apps.teams.permissions import Act, grant_of, teams_for

SHOWN = 25
EARLIER = 5  # of one incident
LOOKS = {"accepted": "mw-ok", "dropped": "mw-unknown", "failed": "mw-breached", "waiting": "mw-learning"}
INCIDENTS = Incident.objects.select_related("team")


@record
class Line:
    """A text with what people think of it."""

    text: GeneratedText
    look: str
    useful: int
    useless: int
    subject: str


@require_GET
def generated(request: HttpRequest) -> HttpResponse:
    """How the model stands, what each team used today, and the newest texts of the teams that the person manages."""
    grant = grant_of(request.user)
    if not grant.allows_anywhere(Act.CONFIGURE):
        raise PermissionDenied
    now = utc_now()
    teams = list(teams_for(grant, Act.CONFIGURE))
    texts = GeneratedText.objects.filter(team_id__in=[team.pk for team in teams])
    context = {
        "llm": standing(now),
        "teams": [(team, used_today(now, team_id=team.pk)) for team in teams if team.generated_summaries],
        "off": [team for team in teams if not team.generated_summaries],
        "lines": lines_of(texts.order_by("-asked_at", "-pk")[:SHOWN], teams),
        **_thumbs(texts),
    }
    return page(request, "alerts/generated.html", context, title="Generated texts")


@require_GET
def generated_incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The texts of one incident with all that was sent; before there is any, what would be sent now."""
    incident = seen(request, INCIDENTS, incident_id)
    require(request, Act.CONFIGURE, incident.team_id)
    texts = GeneratedText.objects.filter(purpose=Purpose.INCIDENT, subject_id=incident.pk, team_id=incident.team_id)
    context = {
        "incident": incident,
        "llm": standing(utc_now()),
        "lines": lines_of(texts.order_by("-asked_at", "-pk")[:EARLIER], [incident.team]),
        "prompt": prompt_of(request_of(incident)),
    }
    return page(request, "alerts/generated_incident.html", context, title=f"Generated text of #{incident.pk}")


@require_POST
def opinion(request: HttpRequest, text_id: int) -> HttpResponse:
    """Keep whether the person finds the text useful."""
    text = get_object_or_404(GeneratedText, pk=text_id, purpose=Purpose.INCIDENT)
    incident = seen(request, INCIDENTS, text.subject_id)
    require(request, Act.VIEW, incident.team_id)  # not of those to whom one rule is shared
    user: Any = request.user
    give_opinion(text=text, user_id=user.pk, useful=request.POST.get("useful") == "yes", now=utc_now())
    messages.success(request, "Thank you. Managers of the team see how many found such texts useful.")
    return redirect("admin:alerts_incident_page", incident.pk)


def shown_on(incident: Incident, user: Any) -> dict[str, Any]:
    """What the page of an incident shows: its newest text, and what the person said of it. Empty while it is off, and
    for those to whom one rule is shared: it is written from all that the team sees."""
    if not is_on() or not incident.team.generated_summaries or not grant_of(user).allows(Act.VIEW, incident.team_id):
        return {}
    text = (
        GeneratedText.objects.filter(
            purpose=Purpose.INCIDENT, subject_id=incident.pk, team_id=incident.team_id, status="accepted"
        )
        .order_by("-written_at", "-pk")[:1]
        .first()
    )
    if text is None:
        return {}
    said = text.opinions.filter(user_id=user.pk).values_list("useful", flat=True).first()
    manages = grant_of(user).allows(Act.CONFIGURE, incident.team_id)
    return {"text": text, "said": said, "manages": manages}


def lines_of(texts: Iterable[GeneratedText], teams: Iterable[Team]) -> list[Line]:
    """The lines of these texts; one statement for what people think."""
    rows, names = list(texts), {team.pk: team.name for team in teams}
    counts = dict(_counted(GeneratedText.objects.filter(pk__in=[row.pk for row in rows])))
    return [
        Line(row, LOOKS.get(row.status, ""), *counts.get(row.pk, (0, 0)), subject=names.get(row.team_id, ""))
        for row in rows
    ]


def _counted(texts: QuerySet[GeneratedText]) -> list[tuple[int, tuple[int, int]]]:
    rows = texts.annotate(
        useful=Count("opinions", filter=Q(opinions__useful=True)),
        useless=Count("opinions", filter=Q(opinions__useful=False)),
    )
    return [(pk, (useful, useless)) for pk, useful, useless in rows.values_list("pk", "useful", "useless")]


def _thumbs(texts: QuerySet[GeneratedText]) -> dict[str, int]:
    return texts.aggregate(
        useful=Count("opinions", filter=Q(opinions__useful=True)),
        useless=Count("opinions", filter=Q(opinions__useful=False)),
    )
