"""Sends what waits in the outbox. Any number of dispatchers may run; each may die at any point.

The statements between claim and finish hold no lock. A dispatcher that dies leaves a lease behind that runs out; the
delivery is then taken back and sent again with the same key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections, connections

from apps.alerts import outbox
from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendFailed, SendRefused
from apps.alerts.incidents import lasting_name, thread_of
from apps.alerts.models import Channel, Delivery, DeliveryKind, DeliveryStatus
from apps.alerts.outbox import Attempt
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, MidwatchError
from apps.common.plugins import check_settings
from apps.summaries.services import write_message

log = logging.getLogger("midwatch.alerts")

POLL_SECONDS = 1.0
PAUSE_AFTER_ERROR_SECONDS = 5.0
SWEEP = 100
SENDERS = 4  # one slow receiver must not keep the others waiting


def deliver_due(*, now_source: Callable[[], datetime], limit: int = SWEEP) -> int:
    """One sweep: take back what was cut off, then send what is due, at most `limit`. Returns how many were tried."""
    # Looking first costs one read; it keeps idle dispatchers from taking SQLite's only write lock every second.
    if outbox.lapsed(now=now_source()).exists():
        outbox.take_back(now=now_source())
    tried = 0
    while tried < limit and outbox.waiting(now=now_source()).exists():
        claimed = outbox.claim_next(now=now_source())
        if not claimed:
            break
        for delivery in claimed:
            outbox.finish(delivery, attempt(delivery), now=now_source())
            tried += 1
    return tried


def attempt(delivery: Delivery) -> Attempt:
    """Render and send one delivery. Whatever goes wrong with it becomes the outcome of this one attempt."""
    earlier = Delivery.objects.filter(
        incident__isnull=False, incident=delivery.incident_id, channel=delivery.channel_id, pk__lt=delivery.pk
    )
    states = list(earlier.order_by("pk").values_list("status", flat=True))
    try:
        driver = driver_of(delivery.channel)
        return Attempt(sent=True, text=driver.send(_outgoing(delivery, driver, states)))
    except SendRefused as error:
        return Attempt(sent=False, text=str(error), permanent=True)
    except SendFailed as error:
        return Attempt(sent=False, text=str(error), retry_after=error.retry_after, unconfirmed=error.unconfirmed)
    except InvalidInput as error:
        return Attempt(sent=False, text=f"The channel's settings are not complete: {error}", permanent=True)
    except MidwatchError as error:
        return Attempt(sent=False, text=str(error))
    except Exception as error:  # a fault in one message or driver must not stop the other messages
        log.exception("Delivery %s could not be built or sent.", delivery.key)
        text = f"Midwatch could not build or send the message ({type(error).__name__}); see the dispatcher's log."
        return Attempt(sent=False, text=text, unconfirmed=True)


def driver_of(channel: Channel) -> ChannelDriver:
    """The channel's driver with its settings and secrets. Raises InvalidInput or SecretsUnreadable."""
    driver = CHANNELS[channel.type]
    return driver(check_settings(driver.Settings, {**channel.settings, **channel.secrets.open()}))


def run_forever(stop: threading.Event, *, now_source: Callable[[], datetime] = utc_now, senders: int = SENDERS) -> None:
    """Sweep every second until `stop` is set. Outlives errors of the database; begun messages are finished."""
    threads = [
        threading.Thread(target=_send_until, args=(stop, now_source), name=f"sender {number}")
        for number in range(1, senders + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send_until(stop: threading.Event, now_source: Callable[[], datetime]) -> None:
    pause = 0.0
    while not stop.wait(pause):
        try:
            close_old_connections()
            pause = 0.0 if deliver_due(now_source=now_source) else POLL_SECONDS
        except Exception:  # the loop must outlive a database that is away, and anything else
            log.exception("The outbox cannot be worked on; trying again in %d s.", PAUSE_AFTER_ERROR_SECONDS)
            pause = PAUSE_AFTER_ERROR_SECONDS
    connections.close_all()


def _outgoing(delivery: Delivery, driver: ChannelDriver, earlier: list[str]) -> Outgoing:
    """The message to send now. `earlier` are the states of the earlier messages of its thread."""
    facts = dict(delivery.facts)
    if delivery.kind == DeliveryKind.RESOLVED and earlier and earlier[-1] == DeliveryStatus.DEAD:
        facts["opening_failed"] = True
    message = write_message(
        kind=delivery.kind,
        facts=facts,
        severity=str(facts.get("severity", "low")),
        link=link_of(delivery),
        repeated=delivery.unconfirmed and driver.repeat is Repeat.VISIBLE,
    )
    incident = delivery.incident
    return Outgoing(
        key=delivery.key,
        thread=thread_of(incident.pk) if incident else delivery.key,
        incident=lasting_name(incident_id=incident.pk, opened_at=incident.opened_at) if incident else delivery.key,
        first_in_thread=DeliveryStatus.SENT not in earlier,
        attempt=delivery.attempts,
        message=message,
    )


def link_of(delivery: Delivery) -> str:
    """The page that shows more: the incident, or the channel that is tested.

    Written out, because sending must not depend on whether the pages can be imported; a test compares it with them.
    """
    page, pk = ("channel", delivery.channel_id) if delivery.incident_id is None else ("incident", delivery.incident_id)
    return f"{settings.MIDWATCH_BASE_URL}/alerts/{page}/{pk}/change/"
