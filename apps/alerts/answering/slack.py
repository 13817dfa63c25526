"""Buttons in Slack. Slack wants an answer within three seconds, so whoever cannot be helped is told beside it."""

from __future__ import annotations

import hmac
import logging
import re
import threading

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.alerts.answering.doing import AnswerRefused, Somebody, UsedAlready, carry_out, require_right
from apps.alerts.answering.slackpresses import Press, digest_of, is_from_slack, press_of
from apps.alerts.channels.contract import SendError
from apps.alerts.channels.slackapi import SlackApi
from apps.alerts.incidents.finding import lasting_name
from apps.alerts.models import Channel, Incident
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.fields import SecretsUnreadable
from apps.teams.models import User

log = logging.getLogger("midwatch.alerts")

TYPE = "slack_bot"
MOST_BYTES = 256 * 1024
WHO_SECONDS = 1.5  # what is left of Slack's three is for the database
WHISPER_SECONDS = 5.0
UNKNOWN = "Midwatch does not know the incident of this message any more."
NOT_SAID = "Slack did not tell Midwatch who you are ({why}). Press again, or answer in Midwatch."
NO_MAIL = (
    "Midwatch knows people by their mail address, and Slack shows it none of yours. The app needs the scopes "
    "users:read and users:read.email, and your address in Slack must be confirmed."
)
STRANGER = "Only members of the workspace that the app belongs to can answer."
NO_USER = "There is no user of Midwatch with your mail address in Slack. Ask an administrator to add you to the team."


@csrf_exempt  # the signature is the proof
@require_POST
def pressed(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Do what a button asks for. All channels of one Slack app may share the address of any of them."""
    if len(request.body) > MOST_BYTES:
        return HttpResponse("The request is too long.", status=413, content_type="text/plain")
    channel = Channel.objects.filter(pk=channel_id, type=TYPE).first()
    secret = _signing_secret(channel) if channel else ""
    if channel is None or not secret:
        raise Http404
    now = utc_now()
    if not is_from_slack(secret=secret, body=request.body, headers=request.headers, now=now):
        return HttpResponse("The signature is missing, wrong or old.", status=403, content_type="text/plain")
    press = press_of(request.body)
    if press is None:
        return HttpResponse()
    try:
        incident = _incident(press, secret)
        who = _who(SlackApi(channel.secrets.open()["bot_token"], seconds=WHO_SECONDS), press, incident)
        carry_out(press.answer, incident, who, digest=digest_of(request.headers), now=now)
    except UsedAlready as error:
        return HttpResponse(str(error), status=409, content_type="text/plain")
    except (AnswerRefused, InvalidInput) as error:
        _whisper(channel, press, str(error))
    return HttpResponse()


def _incident(press: Press, secret: str) -> Incident:
    """The incident, if the same app told the Slack channel of it in which the button was pressed."""
    found = re.fullmatch(r"incident-(\d{1,18})-\w+", press.incident, re.ASCII)
    rows = Incident.objects.select_related("team", "merged_into__team")
    incident = rows.filter(pk=int(found[1])).first() if found else None
    if incident is None or lasting_name(incident_id=incident.pk, opened_at=incident.opened_at) != press.incident:
        raise AnswerRefused(UNKNOWN)
    told = Channel.objects.filter(type=TYPE, deliveries__incident=incident).distinct()
    secrets = [_signing_secret(each) for each in told if each.settings.get("channel") == press.channel]
    if not any(hmac.compare_digest(each.encode(), secret.encode()) for each in secrets):
        raise AnswerRefused(UNKNOWN)
    return incident.merged_into or incident


def _who(api: SlackApi, press: Press, incident: Incident) -> Somebody:
    """The user of Midwatch whose button it was, by the confirmed mail address in Slack."""
    if press.home and press.home != press.workspace:
        # Another workspace decides itself what mail addresses its people have.
        raise AnswerRefused(STRANGER)
    try:
        person = api.ask("users.info", user=press.person).get("user", {})
    except SendError as error:
        raise AnswerRefused(NOT_SAID.format(why=str(error).rstrip("."))) from error
    email = person.get("profile", {}).get("email")
    if not email or person.get("is_email_confirmed") is False or person.get("is_bot") or person.get("deleted"):
        raise AnswerRefused(NO_MAIL)
    if person.get("team_id", press.workspace) != press.workspace:
        raise AnswerRefused(STRANGER)
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise AnswerRefused(NO_USER)
    require_right(user, incident)
    return Somebody(user, f"{user} (Slack)")


def _signing_secret(channel: Channel) -> str:
    try:
        secrets: dict[str, str] = channel.secrets.open()
    except SecretsUnreadable:
        return ""
    return secrets.get("signing_secret", "")


def _whisper(channel: Channel, press: Press, text: str) -> None:
    """Tell the person alone. On a thread of its own, because Slack waits for the answer to the press."""
    api = SlackApi(channel.secrets.open()["bot_token"], seconds=WHISPER_SECONDS)

    def tell() -> None:
        try:
            api.ask("chat.postEphemeral", channel=press.channel, user=press.person, text=text)
        except SendError as error:
            log.warning("A person in Slack could not be told why nothing happened (%s): %s", text, error)

    threading.Thread(target=tell, name="whisper", daemon=True).start()
