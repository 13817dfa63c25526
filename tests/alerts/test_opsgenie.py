"""Requests as the alert API of Opsgenie and of Jira Service Management gets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels.contract import Outgoing, Sent
from apps.alerts.models import Channel, Delivery
from apps.alerts.outbox.dispatcher import driver_of
from apps.alerts.services import Recovery, report, send_test
from apps.common.errors import InvalidInput
from apps.summaries.services import write_message
from apps.teams.models import Team
from tests.alerts.conftest import FACTS, KEY, NOW, deliver, found
from tests.alerts.listeners import API_KEY
from tests.servers.http import Answer, HttpServer

Make = Callable[..., Channel]
HOUR = timedelta(hours=1)
ALIAS = "incident-{}-20251121T072000Z"


def test_a_trouble_creates_an_alert(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("opsgenie"))
    deliver()
    request = http.requests[0]
    alert = json.loads(request.body)
    assert (request.path, request.headers["authorization"]) == ("/v2/alerts", f"GenieKey {API_KEY}")
    assert alert["message"] == "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    assert alert["alias"] == ALIAS.format(incident.pk)
    assert (alert["priority"], alert["entity"], alert["tags"]) == ("P2", "main.orders", ["midwatch", "high"])
    assert "When it alerts: Alerts if main.orders has not changed for more than 70 min." in alert["description"]
    assert alert["details"]["link"].endswith(f"/alerts/incident/{incident.pk}/change/")


@pytest.mark.parametrize(
    ("severity", "priority"), [("critical", "P1"), ("high", "P2"), ("medium", "P3"), ("low", "P4")]
)
def test_the_priority_follows_the_severity(
    team: Team, make: Make, http: HttpServer, severity: str, priority: str
) -> None:
    found(team, make("opsgenie"), severity=severity)
    deliver()
    assert json.loads(http.requests[0].body)["priority"] == priority


def test_the_end_closes_the_alert_of_the_same_alias(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("opsgenie"))
    deliver()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + HOUR)
    deliver(NOW + HOUR)
    assert http.requests[1].path == f"/v2/alerts/{ALIAS.format(incident.pk)}/close?identifierType=alias"
    assert "The trouble lasted 1 h." in json.loads(http.requests[1].body)["note"]


def send(make: Make, kind: str, **facts: Any) -> Sent:
    """Send one message of this kind about incident-1."""
    message = write_message(kind=kind, facts=FACTS | facts, severity="high", link="http://x", repeated=False)
    return driver_of(make("opsgenie")).send(Outgoing("key", "incident-1", "incident-1-then", True, 1, message))


@pytest.mark.parametrize(
    ("kind", "facts", "end"),
    [
        ("opened", {}, "alerts"),
        ("escalated", {}, "alerts"),
        ("rollup", {"parts": {"count": 2, "titles": ["a", "b"]}}, "alerts"),
        ("changed", {"change": "Anna Berg takes care of it.", "acknowledged": "Anna Berg"}, "acknowledge"),
        ("changed", {"change": "The severity went from low to high."}, "notes"),
        ("resolved", {}, "close"),
    ],
)
def test_each_kind_of_message_does_what_it_says(
    make: Make, http: HttpServer, kind: str, facts: dict[str, Any], end: str
) -> None:
    send(make, kind, **facts)
    assert http.requests[0].path.partition("?")[0].endswith(end)
    assert "incident-1-then" in http.requests[0].path + http.requests[0].body.decode()


@pytest.mark.parametrize("kind", ["reminder", "digest"])
def test_what_the_provider_knows_is_not_sent(make: Make, http: HttpServer, kind: str) -> None:
    assert send(make, kind).left_out
    assert not http.requests


def test_the_receipt_names_the_request(team: Team, make: Make, http: HttpServer) -> None:
    said = {"result": "Request will be processed", "took": 0.3, "requestId": "43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}
    http.answers.append(Answer(202, body=json.dumps(said).encode()))
    found(team, make("opsgenie"))
    deliver()
    assert Delivery.objects.get().receipt == ("The alert was accepted as request 43a29c5c-3dbf-4fa4-9c26-f4f71023e120.")


def test_a_test_ends_itself(make: Make, http: HttpServer) -> None:
    delivery = send_test(channel=make("opsgenie"), now=NOW)
    deliver()
    assert json.loads(http.requests[0].body)["priority"] == "P5"
    assert http.requests[1].path == f"/v2/alerts/{delivery.key}/close?identifierType=alias"


@pytest.mark.parametrize(
    ("region", "host", "path"),
    [
        ("us", "api.opsgenie.com", "/v2/alerts"),
        ("eu", "api.eu.opsgenie.com", "/v2/alerts"),
        ("jira", "api.atlassian.com", "/jsm/ops/integration/v2/alerts"),
    ],
)
def test_the_address_follows_the_region(
    team: Team, make: Make, http: HttpServer, settings: DjangoSettings, region: str, host: str, path: str
) -> None:
    channel = make("opsgenie", region=region)
    settings.MIDWATCH_STAND_INS = {host: f"{http.origin}/{region}"}
    found(team, channel)
    deliver()
    assert http.requests[0].path == f"/{region}{path}"


def test_a_refusal_names_the_field(team: Team, make: Make, http: HttpServer) -> None:
    said = {"message": "Request body is not processable.", "errors": {"alias": "must not be longer than 512"}}
    http.answers.append(Answer(422, body=json.dumps(said).encode()))
    found(team, make("opsgenie"))
    deliver()
    error = Delivery.objects.get().error
    assert error.startswith("api.eu.opsgenie.com answered 422: “Request body is not processable. alias: must not be")


@pytest.mark.parametrize("key", ["", "two words", "new\nline", "ключ"])
def test_a_key_that_is_no_header_is_refused(make: Make, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make("opsgenie", api_key=key)
    assert refused.value.field == "api_key"


def test_the_details_stay_below_what_the_provider_keeps(team: Team, make: Make, http: HttpServer) -> None:
    long = "x" * 3_000
    found(team, make("opsgenie"), table=long, rule=long, connection=long, reason=long, sentence=long)
    deliver()
    alert = json.loads(http.requests[0].body)
    assert len(alert["message"]) <= 130
    assert len(alert["description"]) <= 15_000
    assert sum(len(name) + len(value) for name, value in alert["details"].items()) <= 8_000
    assert len(alert["entity"]) <= 512
