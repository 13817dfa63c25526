"""The pages behind the links in mails. Opening one does nothing: mail scanners open links. Its button acts."""

from __future__ import annotations

from django.core.signing import BadSignature, SignatureExpired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.alerts.answering.doing import USED, AnswerRefused, Somebody, UsedAlready, carry_out, require_right
from apps.alerts.answering.links import Ticket, digest_of, ticket_of
from apps.alerts.models import Channel, Delivery, Incident, IncidentStatus, SeenRequest
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.records import record

NOT_OURS = "This link is not complete or was changed. Open the one in the mail again, whole."
EXPIRED = "This link is older than 7 days, so it does nothing any more. Answer in Midwatch instead."
FORGOTTEN = "Midwatch does not know the message any more that this link came in."
NOT_TOLD = "{to} does not get these messages any more, or their links were switched off. Answer in Midwatch instead."
OVER = "The incident is over already; there is nothing to answer."


class LinkRefused(AnswerRefused):
    """A link that leads to nothing; `status` is that of the page that says so."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@record
class Asked:
    """What a link asks for, of which incident, and for whom."""

    ticket: Ticket
    incident: Incident
    who: Somebody


# The address is the proof: whoever could forge the form would have to know it. So it needs no cookie, and works in
# mail programs that keep none.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for confirmation; on POST do it, and say what came of it."""
    try:
        asked = _asked(token)
        if request.method != "POST":
            return _page(request, asked.ticket.answer.label, asked.ticket.answer.explanation, asked)
        said = carry_out(asked.ticket.answer, asked.incident, asked.who, digest=digest_of(token), now=utc_now())
    except LinkRefused as error:
        return _page(request, "Nothing was done", str(error), status=error.status)
    except (UsedAlready, InvalidInput) as error:
        return _page(request, "Nothing was done", str(error), status=409)
    except AnswerRefused as error:
        return _page(request, "Nothing was done", str(error), status=403)
    return _page(request, "Done", said)


def _asked(token: str) -> Asked:
    try:
        ticket = ticket_of(token)
    except SignatureExpired as error:
        raise LinkRefused(EXPIRED, 410) from error
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkRefused(NOT_OURS, 400) from error
    if SeenRequest.objects.filter(digest=digest_of(token)).exists():
        raise UsedAlready(USED)
    rows = Delivery.objects.select_related("incident__team", "incident__merged_into__team", "channel__person")
    delivery = rows.filter(key=ticket.delivery, incident__isnull=False).first()
    if delivery is None or delivery.incident is None:
        raise LinkRefused(FORGOTTEN, 410)
    lead = delivery.incident.merged_into or delivery.incident
    who = _who(ticket.to, delivery.channel, lead)
    if lead.status == IncidentStatus.RESOLVED:
        raise LinkRefused(OVER, 409)
    return Asked(ticket, lead, who)


def _who(to: str, channel: Channel, incident: Incident) -> Somebody:
    """The person, where the mail went to one; else somebody who got it."""
    person = channel.person
    told = [person.email] if person else channel.settings.get("to", [])
    if to not in told or not channel.settings.get("answers", True):
        raise LinkRefused(NOT_TOLD.format(to=to), 410)
    if person is None:
        return Somebody(None, f"Somebody who got the mail to {to}")
    require_right(person, incident)
    return Somebody(person, str(person))


def _page(
    request: HttpRequest, heading: str, text: str, asked: Asked | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"heading": heading, "text": text, "asked": asked}
    response = render(request, "alerts/answer.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
