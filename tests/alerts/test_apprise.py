"""Messages through Apprise, to a real listener behind its json:// address."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels.apprise import REQUIREMENTS
from apps.alerts.channels.guard import guarded
from apps.alerts.channels.http import MAX_REPLY
from apps.alerts.models import Channel, Delivery
from apps.alerts.outbox.dispatcher import driver_of
from apps.alerts.services import save_channel
from apps.common.errors import InvalidInput
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.alerts.listeners import APPRISE_TOKEN
from tests.project.files import ROOT
from tests.servers.http import Answer, HttpServer

Make = Callable[..., Channel]


def first() -> Delivery:
    return Delivery.objects.filter(channel__name="ops-apprise").order_by("pk")[0]


def test_a_message_has_title_text_and_link(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("apprise"))
    deliver()
    body = json.loads(http.requests[0].body)
    assert body["title"] == "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    headline, link, *_ = body["message"].splitlines()
    assert headline.startswith("main.orders has not changed")
    assert link.endswith(f"/alerts/incident/{incident.pk}/change/")
    assert first().receipt == "json took the message."


def test_it_pages_nobody(make: Make) -> None:
    assert not driver_of(make("apprise")).pages


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refusal_is_tried_again_and_says_what_the_service_said(
    team: Team, make: Make, http: HttpServer, status: int
) -> None:
    http.answers.append(Answer(status))
    found(team, make("apprise"))
    deliver()
    assert (first().status, first().unconfirmed) == ("queued", True)
    assert f"error={status}" in first().error
    assert len(http.requests) == 1


def test_the_address_is_kept_out_of_errors(team: Team, make: Make, http: HttpServer) -> None:
    channel = make("apprise")
    http.stop()
    found(team, channel)
    deliver()
    assert "did not take the message" in first().error
    assert APPRISE_TOKEN not in first().error


def test_what_the_address_asks_for_does_not_bring_retries_or_redirects(
    team: Team, make: Make, http: HttpServer
) -> None:
    url = f"json://{http.host}:{http.port}/{APPRISE_TOKEN}?retry=5&wait=0&redirect=yes&rto=600&cto=600"
    http.answers.append(Answer(301, headers={"Location": f"{http.origin}/elsewhere"}))
    found(team, make("apprise", url=url))
    deliver()
    assert first().status == "queued"
    assert len(http.requests) == 1


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_of_a_huge_answer_only_the_beginning_is_read(http: HttpServer, packed: bool) -> None:
    body = b"x" * 5_000_000
    packing = {"Content-Encoding": "gzip"} if packed else {}
    http.answers.extend([Answer(400, body=gzip.compress(body) if packed else body, headers=packing)] * 2)
    with guarded():
        answer = requests.post(http.url, timeout=20)
    assert (answer.status_code, answer.content) == (400, body[:MAX_REPLY])
    assert requests.post(http.url, timeout=20).content == body  # whoever else asks gets the whole


def test_an_answer_that_is_no_text_and_has_no_end_is_a_refusal_like_any_other(
    team: Team, make: Make, http: HttpServer
) -> None:
    http.answers.append(Answer(400, body=b"\xff\xfe\x00 no " * 500_000))
    found(team, make("apprise"))
    deliver()
    assert first().status == "queued"
    assert first().error.isprintable()


@pytest.mark.parametrize("place", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_a_private_address_is_refused_at_the_moment_of_the_call(
    team: Team, make: Make, settings: DjangoSettings, http: HttpServer, place: str
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    found(team, make("apprise", url=f"json://{place}:{http.port}/{APPRISE_TOKEN}"))
    deliver()
    assert first().status == "dead"
    assert "Midwatch does not call this address: it leads to" in first().error
    assert not http.requests


@pytest.mark.parametrize(
    ("url", "channel"),
    [
        ("mailto://user:pass@example.com", "Email"), ("slack://a/b/c", "Slack (bot)"), ("SLACK://a/b/c", "Slack (bot)"),
        ("pagerduty://a@b", "PagerDuty"), ("opsgenie://key", "Opsgenie or Jira Service Management"),
        ("msteams://a/b/c", "Microsoft Teams (workflow)"), ("https://example.com/hook", "Webhook"),
    ],
)  # fmt: skip
def test_what_has_a_channel_of_its_own_is_led_there(team: Team, url: str, channel: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(f"choose the channel type “{channel}”")):
        save_channel(team=team, name="tail", type="apprise", settings={"url": url})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("discord", "write one address"), ("json:// example.com", "write one address"),
        ("json://a.example,json://b.example", "one address only"), ("syslog://", "write one address"),
        ("dbus://system", "where nobody sees them"),
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(team: Team, url: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        save_channel(team=team, name="tail", type="apprise", settings={"url": url})


def test_an_address_that_apprise_does_not_know_is_given_up_and_says_so(team: Team, make: Make) -> None:
    found(team, make("apprise", url="nosuchservice://token-drawn-by-lot"))
    deliver()
    assert first().status == "dead"
    assert first().error == "Apprise does not understand the address. Compare it with the page of the service."


def test_a_repeat_says_that_it_may_be_one(team: Team, make: Make, http: HttpServer) -> None:
    http.answers.append(Answer(fault="reset"))
    found(team, make("apprise"))
    deliver()
    deliver(NOW + timedelta(hours=1))
    assert ["may be a repeat" in json.loads(request.body)["message"] for request in http.requests] == [False, True]


def test_the_line_that_installs_it_names_the_extra_of_the_project() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert list(REQUIREMENTS) == extras["apprise"]
