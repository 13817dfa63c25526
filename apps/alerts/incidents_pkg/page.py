"""The page of an incident and what can be done there; the test message of a channel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.alerts import services
from apps.alerts.models import Channel, Delivery, Incident, IncidentStatus
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.summaries.services import Message, write_message
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act, grant_of

# What an incident may be about, by the beginning of its key: the model, and the page of one.
ABOUT = {
    "rule": ("rules.Rule", "admin:rules_rule_page"),
    "connection": ("connections.Connection", "admin:connections_connection_change"),
}
AN_HOUR = timedelta(hours=1)  # what is still going on is expected for a while
ACTS = ("acknowledge", "resolve", "note")


@require_GET
def incident_page(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What happened, in words; the timeline; who was told."""
    incident = seen(request, Incident.objects.select_related("team", "acknowledged_by", "resolved_by"), incident_id)
    words, link = _about(incident)
    context = {
        "incident": incident,
        "text": text_of(incident),
        "timeline": incident.timeline.select_related("user"),
        "deliveries": incident.deliveries.select_related("channel"),
        "about_link": link,
        "about_words": words,
        "say_link": f"{link}?{_say_query(incident)}#say" if link and _is_finding(incident) else "",
        "may_operate": grant_of(request.user).allows(Act.OPERATE, incident.team_id),
        "is_open": incident.status != IncidentStatus.RESOLVED,
    }
    return page(request, "alerts/incident.html", context, title=incident.title)


def text_of(incident: Incident) -> Message:
    """The incident in the same words as its messages."""
    return write_message(
        kind="resolved" if incident.status == IncidentStatus.RESOLVED else "opened",
        facts=incident.facts,
        severity=incident.severity,
        link="",
        repeated=False,
    )


def _about(incident: Incident) -> tuple[str, str]:
    """Words and address of a link to what it is about, read off its key: alerts knows rules and connections by name
    alone. What was deleted has words and no address."""
    family, _, rest = incident.key.partition("/")
    number = rest.partition("/")[0]
    if family not in ABOUT or not number.isdecimal():
        return "", ""
    model, page_name = ABOUT[family]
    if not apps.get_model(model)._default_manager.filter(pk=number).exists():
        return f"The {family} that found this was deleted." if family == "rule" else f"The {family} was deleted.", ""
    return f"Open the {family}", reverse(page_name, args=[number])


def _is_finding(incident: Incident) -> bool:
    """Whether a rule found something wrong with a table, of which a person may say what it was."""
    return incident.key.startswith("rule/") and incident.facts.get("situation") != "unknown"


def _say_query(incident: Incident) -> str:
    """What the page of the rule needs in order to ask what this was: the table, and the time that it is about."""
    begins = incident.facts.get("period_start") or incident.opened_at.isoformat()
    ends = incident.facts.get("period_end") or (incident.resolved_at or incident.last_seen_at + AN_HOUR).isoformat()
    return urlencode({"of": incident.facts.get("table", ""), "begins": begins, "ends": ends})


@require_POST
def act(request: HttpRequest, incident_id: int, act: str) -> HttpResponse:
    """Acknowledge, resolve or note."""
    if act not in ACTS:
        raise Http404
    incident = seen(request, Incident.objects.all(), incident_id)
    require(request, Act.OPERATE, incident.team_id)
    user: Any = request.user
    try:
        if act == "note":
            services.note(incident=incident, user=user, text=request.POST.get("text", ""), now=utc_now())
        else:
            handle = services.acknowledge if act == "acknowledge" else services.resolve
            handle(incident=incident, user=user, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    return redirect("admin:alerts_incident_page", incident_id)


@require_POST
def send_test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Queue a test message; the answer is a fragment that follows its delivery."""
    channel = seen(request, Channel.objects.all(), channel_id)
    require(request, Act.OPERATE, channel.team_id)
    return _delivery(request, services.send_test(channel=channel, now=utc_now()))


@require_GET
def delivery_state(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """How far a delivery is."""
    return _delivery(request, seen(request, Delivery.objects.all(), delivery_id, team="channel__team"))


def _delivery(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    waiting = delivery.status in ("queued", "sending")
    return render(request, "alerts/_delivery.html", {"delivery": delivery, "waiting": waiting})
