"""Sends what waits in the outbox. Any number of dispatchers may run (see loop); each may die at any point.

The statements between claim and finish hold no lock. A dispatcher that dies leaves a lease behind that runs out; the
delivery is then taken back and sent again with the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendFailed, SendRefused
from apps.alerts.incidents.evidence import NO_EVIDENCE, Evidence, evidence_of
from apps.alerts.incidents.finding import lasting_name, thread_of
from apps.alerts.models import Channel, Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentStatus
from apps.alerts.outbox import leavers, queue
from apps.alerts.outbox.outcome import Attempt
from apps.alerts.outbox.superseding import UPDATES
from apps.common import fault
from apps.common.errors import InvalidInput, MidwatchError
from apps.common.plugins import check_settings
from apps.summaries.services import write_message

log = logging.getLogger("midwatch.alerts")

SWEEP = 100
TAKEN_OVER = "It took longer than its lease, and another dispatcher goes on with it."


def deliver_due(*, now_source: Callable[[], datetime], limit: int = SWEEP) -> int:
    """One sweep: take back what was cut off, then send what is due, at most `limit`. Returns how many were tried."""
    # Looking first costs one read; it keeps idle dispatchers from taking SQLite's only write lock every second.
    if queue.lapsed(now=now_source()).exists():
        queue.take_back(now=now_source())
    if leavers.to_leavers(now=now_source()).exists():
        leavers.put_aside(now=now_source())
    tried = 0
    while tried < limit and queue.waiting(now=now_source()).exists():
        delivery = queue.claim_next(now=now_source())
        if delivery is None:
            break
        result = attempt(delivery, now_source=now_source)
        fault.reached("answer came")
        if queue.finish(delivery, result, now=now_source()):
            fault.reached("outcome committed")
        tried += 1
    return tried


def attempt(delivery: Delivery, *, now_source: Callable[[], datetime]) -> Attempt:
    """Render and send one delivery. Whatever goes wrong with it becomes the outcome of this one attempt."""
    earlier = Delivery.objects.filter(
        incident__isnull=False, incident=delivery.incident_id, channel=delivery.channel_id, pk__lt=delivery.pk
    )
    states = list(earlier.order_by("pk").values_list("status", flat=True))
    try:
        driver = driver_of(delivery.channel)
        keep = partial(_keep, delivery, now_source)
        sent = driver.send(_outgoing(delivery, driver, states, keep))
        return Attempt(sent=True, text=sent.receipt, reference=sent.reference, left_out=sent.left_out)
    except SendRefused as error:
        return Attempt(sent=False, text=str(error), permanent=True)
    except SendFailed as error:
        return Attempt(
            sent=False,
            text=str(error),
            retry_after=error.retry_after,
            unconfirmed=error.unconfirmed,
            others=error.others,
        )
    except InvalidInput as error:
        return Attempt(sent=False, text=f"The channel's settings are not complete: {error}", permanent=True)
    except MidwatchError as error:
        return Attempt(sent=False, text=str(error))
    except Exception as error:  # a fault in one message or driver must not stop the other messages
        log.exception("Delivery %s could not be built or sent.", delivery.key)
        text = f"Midwatch could not build or send the message ({type(error).__name__}); see the dispatcher's log."
        return Attempt(sent=False, text=text, unconfirmed=True, others=bool(delivery.served))


def _keep(delivery: Delivery, now_source: Callable[[], datetime]) -> None:
    if not queue.keep(delivery, now=now_source()):
        raise SendFailed(TAKEN_OVER)


def driver_of(channel: Channel) -> ChannelDriver:
    """The channel's driver with its settings and secrets. Raises InvalidInput or SecretsUnreadable."""
    driver = CHANNELS[channel.type]
    own = {"to": [channel.person.email]} if channel.person else {}
    return driver(check_settings(driver.Settings, {**channel.settings, **own, **channel.secrets.open()}))


def _outgoing(delivery: Delivery, driver: ChannelDriver, earlier: list[str], keep: Callable[[], None]) -> Outgoing:
    """The message to send now. `earlier` are the states of the earlier messages of its thread."""
    facts = {"language": delivery.channel.team.language, **delivery.facts}
    if delivery.kind == DeliveryKind.RESOLVED and earlier and earlier[-1] == DeliveryStatus.DEAD:
        facts["opening_failed"] = True
    evidence = _evidence(delivery, driver)
    facts |= evidence.facts
    write = partial(
        write_message,
        kind=_kind(delivery),
        facts=facts,
        severity=str(facts.get("severity", "low")),
        link=link_of(delivery),
    )
    repeated = delivery.unconfirmed and driver.repeat is Repeat.VISIBLE
    incident, series = delivery.incident, str(facts.get("series") or delivery.key)  # roll-ups of one storm share theirs
    return Outgoing(
        key=delivery.key,
        thread=thread_of(incident.pk) if incident else delivery.key,
        incident=lasting_name(incident_id=incident.pk, opened_at=incident.opened_at) if incident else series,
        first_in_thread=DeliveryStatus.SENT not in earlier,
        attempt=delivery.attempts,
        message=write(repeated=repeated and not (driver.several and delivery.served)),
        reference=_reference(delivery),
        taken_by=_taken_by(incident),
        unconfirmed=delivery.unconfirmed,
        again=write(repeated=True) if driver.several and delivery.kind not in UPDATES else None,
        served=delivery.served,
        keep=keep,
        chart=evidence.chart,
        chart_words=evidence.chart_words,
        personal=delivery.channel.person_id is not None,
    )


def _evidence(delivery: Delivery, driver: ChannelDriver) -> Evidence:
    """What was measured around the incident, for channels that show it."""
    if not driver.shows_evidence or delivery.incident is None:
        return NO_EVIDENCE
    return evidence_of(delivery.incident, now=delivery.created_at)


def _kind(delivery: Delivery) -> str:
    """What the message is to its receiver: a roll-up of which nothing is left broken is an end."""
    over = delivery.kind == DeliveryKind.ROLLUP and not delivery.facts.get("remaining")
    return DeliveryKind.RESOLVED if over else delivery.kind


def _reference(delivery: Delivery) -> str:
    """How the provider calls the message that the channel has of the incident; empty when it has none."""
    told = Delivery.objects.filter(
        incident__isnull=False, incident=delivery.incident_id, channel=delivery.channel_id, status=DeliveryStatus.SENT
    )
    return told.exclude(reference="").order_by("-pk").values_list("reference", flat=True).first() or ""


def _taken_by(incident: Incident | None) -> str:
    if incident is None or incident.status != IncidentStatus.ACKNOWLEDGED:
        return ""
    return str(incident.acknowledged_by or "somebody")


def link_of(delivery: Delivery) -> str:
    """The page that shows more: the incident, the list of them all, the overview, or the channel that is tested.

    Written out, because sending must not depend on whether the pages can be imported; a test compares it with them.
    """
    if delivery.kind in (DeliveryKind.SUMMARY, DeliveryKind.ROLLUP) and delivery.incident_id is None:
        return f"{settings.MIDWATCH_BASE_URL}/alerts/incident/"
    if delivery.kind == DeliveryKind.DIGEST:
        return f"{settings.MIDWATCH_BASE_URL}/"
    page, pk = ("channel", delivery.channel_id) if delivery.incident_id is None else ("incident", delivery.incident_id)
    return f"{settings.MIDWATCH_BASE_URL}/alerts/{page}/{pk}/change/"
