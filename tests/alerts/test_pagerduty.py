"""Events as PagerDuty's Events API v2 gets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels.contract import Outgoing, Sent
from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident
from apps.alerts.outbox.dispatcher import driver_of
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce
from apps.alerts.services import Recovery, acknowledge, report, save_channel, send_test
from apps.common.errors import InvalidInput
from apps.summaries.services import write_message
from apps.teams.models import Team, User
from tests.alerts.conftest import FACTS, KEY, NOW, deliver, found
from tests.alerts.listeners import ROUTING_KEY
from tests.servers.http import Answer, HttpServer

Make = Callable[..., Channel]
HOUR = timedelta(hours=1)


def events(http: HttpServer) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in http.requests]


def actions(http: HttpServer) -> list[str]:
    return [event["event_action"] for event in events(http)]


def recover(at: int) -> None:
    """The trouble ends; what was to be told before is told before."""
    deliver(NOW + at * HOUR)
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + at * HOUR)
    deliver(NOW + at * HOUR)


def send(make: Make, kind: str, **facts: Any) -> Sent:
    """Send one message of this kind about incident-1."""
    message = write_message(kind=kind, facts=FACTS | facts, severity="high", link="http://x", repeated=False)
    return driver_of(make("pagerduty")).send(Outgoing("key", "incident-1", "incident-1-then", True, 1, message))


def test_a_trouble_triggers_with_its_facts(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("pagerduty"))
    deliver()
    (event,) = events(http)
    payload = event["payload"]
    assert http.requests[0].path == "/v2/enqueue"
    assert (event["routing_key"], event["event_action"]) == (ROUTING_KEY, "trigger")
    assert payload["summary"] == "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    assert (payload["source"], payload["group"], payload["class"]) == ("main.orders", "shop", "stale")
    assert payload["timestamp"] == NOW.isoformat()
    assert payload["custom_details"]["Last change"] == "21 Nov 2025, 06:10 (Europe/Berlin)"
    assert payload["custom_details"]["facts"]["age_seconds"] == FACTS["age_seconds"]
    assert event["links"][0]["href"].endswith(f"/alerts/incident/{incident.pk}/change/")


@pytest.mark.parametrize(
    ("severity", "theirs"), [("critical", "critical"), ("high", "error"), ("medium", "warning"), ("low", "info")]
)
def test_the_severity_is_that_of_pagerduty(
    team: Team, make: Make, http: HttpServer, severity: str, theirs: str
) -> None:
    found(team, make("pagerduty"), severity=severity)
    deliver()
    assert events(http)[0]["payload"]["severity"] == theirs


def test_all_events_of_an_incident_have_one_key_also_when_it_comes_back(
    team: Team, make: Make, http: HttpServer
) -> None:
    channel = make("pagerduty")
    found(team, channel)
    recover(1)
    found(team, channel, at=NOW + 2 * HOUR)
    deliver(NOW + 2 * HOUR)
    assert actions(http) == ["trigger", "resolve", "trigger"]
    assert len({event["dedup_key"] for event in events(http)}) == 1


def test_another_incident_has_another_key(team: Team, make: Make, http: HttpServer) -> None:
    channel = make("pagerduty")
    found(team, channel)
    recover(1)
    found(team, channel, at=NOW + 48 * HOUR)
    deliver(NOW + 48 * HOUR)
    first, end, second = (event["dedup_key"] for event in events(http))
    assert first == end != second
    assert first.endswith("20251121T072000Z")


def test_a_trouble_that_ended_before_it_was_accepted_pages_nobody_afterwards(
    team: Team, make: Make, http: HttpServer
) -> None:
    http.answers.append(Answer(429))
    found(team, make("pagerduty"))
    recover(1)
    deliver(NOW + 2 * HOUR)
    assert actions(http) == ["trigger", "resolve"]


def test_an_acknowledgement_stops_the_paging(team: Team, make: Make, http: HttpServer, anna: User) -> None:
    incident = found(team, make("pagerduty"))
    deliver()
    acknowledge(incident=incident, user=anna, now=NOW + HOUR)
    deliver(NOW + HOUR)
    trigger, taken = events(http)
    assert taken == {"routing_key": ROUTING_KEY, "event_action": "acknowledge", "dedup_key": trigger["dedup_key"]}


@pytest.mark.parametrize("kind", ["reminder", "digest"])
def test_what_pagerduty_knows_is_not_sent(make: Make, http: HttpServer, kind: str) -> None:
    assert send(make, kind).left_out
    assert not http.requests


def test_the_timeline_says_that_a_reminder_was_not_sent(
    team: Team, make: Make, timeline: Callable[[Incident], list[str]]
) -> None:
    incident = found(team, make("pagerduty"))
    deliver()
    announce([Event(incident, DeliveryKind.REMINDER, incident.facts, serial="1")], now=NOW + HOUR)
    deliver(NOW + HOUR)
    said = "Reminder: ops-pagerduty was not told. PagerDuty knows of the trouble and reminds by itself."
    assert timeline(incident)[-1] == said


@pytest.mark.parametrize("kind", ["opened", "reopened", "changed", "escalated", "summary", "rollup"])
def test_what_may_not_be_known_triggers(make: Make, http: HttpServer, kind: str) -> None:
    parts = {"count": 2, "titles": ["main.orders is late", "main.items is late"]}
    send(make, kind, change="It got worse.", parts=parts)
    assert (actions(http), events(http)[0]["dedup_key"]) == (["trigger"], "incident-1-then")


def test_a_test_ends_itself(make: Make, http: HttpServer) -> None:
    delivery = send_test(channel=make("pagerduty"), now=NOW)
    deliver()
    trigger, resolve = events(http)
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"] == delivery.key
    assert trigger["payload"]["severity"] == "info"
    assert trigger["payload"]["source"] == "Midwatch"


def test_a_refused_event_names_the_field(team: Team, make: Make, http: HttpServer) -> None:
    said = {"status": "invalid event", "message": "Event object is invalid",
            "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"]}  # fmt: skip
    http.answers.append(Answer(400, body=json.dumps(said).encode()))
    found(team, make("pagerduty"))
    deliver()
    error = Delivery.objects.get().error
    assert "Event object is invalid Length of 'routing_key' is incorrect (should be 32 characters)" in error
    assert error.endswith("Copy the integration key from the Events API v2 integration of the PagerDuty service again.")


@pytest.mark.parametrize(("region", "host"), [("us", "events.pagerduty.com"), ("eu", "events.eu.pagerduty.com")])
def test_the_host_follows_the_region(
    team: Team, make: Make, http: HttpServer, settings: DjangoSettings, region: str, host: str
) -> None:
    channel = make("pagerduty", region=region)
    settings.MIDWATCH_STAND_INS = {host: f"{http.origin}/{region}"}
    found(team, channel)
    deliver()
    assert http.requests[0].path == f"/{region}/v2/enqueue"


@pytest.mark.parametrize("key", ["", "short", "x" * 33, "x" * 31 + "é", "x" * 15 + "\r\n" + "x" * 15])
def test_a_key_that_cannot_work_is_refused_without_being_repeated(team: Team, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_channel(team=team, name="pd", type="pagerduty", settings={"routing_key": key})
    assert refused.value.field == "routing_key"
    assert not key or key not in str(refused.value)
