"""What every kind of channel does with a message and with a receiver that misbehaves; each against a real listener."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import Outgoing, Repeat, SendFailed
from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident
from apps.alerts.outbox.dispatcher import driver_of
from apps.alerts.services import Recovery, report, send_test
from apps.summaries.services import write_message
from apps.teams.models import Team
from tests.alerts.conftest import FACTS, KEY, NOW, deliver, found
from tests.alerts.listeners import JUDGED, LIMITS, OVER_HTTP, SECRETS, settings_for
from tests.servers.http import Answer, HttpServer
from tests.servers.slack import SlackServer
from tests.servers.smtp import SmtpServer

Make = Callable[..., Channel]
Timeline = Callable[[Incident], list[str]]
HOUR = timedelta(hours=1)
MAY_BE_A_REPEAT = "This message may be a repeat"
over_http = pytest.mark.parametrize("key", OVER_HTTP)
judged = pytest.mark.parametrize("key", JUDGED)


@pytest.fixture
def http() -> Iterator[HttpServer]:
    """Answers 200 to every channel, and the bot of Slack in Slack's way."""
    server = SlackServer()
    server.start()
    yield server
    server.stop()


def recover(at: int) -> None:
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + at * HOUR)


def states() -> list[str]:
    """Of the messages to the channel; one that is given up brings about others."""
    rows = Delivery.objects.filter(channel__name__startswith="ops-").order_by("pk")
    return list(rows.values_list("status", flat=True))


def delivery() -> Delivery:
    """The first message to the channel."""
    return Delivery.objects.filter(channel__name__startswith="ops-").order_by("pk")[0]


def arrived(http: HttpServer, smtp: SmtpServer) -> int:
    """How many messages somebody got; of what the bot of Slack asks for, only a post is one."""
    posted = [request for request in http.requests if not request.path.startswith("/api/") or "post" in request.path]
    return len(smtp.mails) + len(posted)


def test_every_kind_of_channel_is_covered_here(http: HttpServer) -> None:
    assert all(settings_for(key, http) for key in CHANNELS)
    assert set(LIMITS) == set(OVER_HTTP) == set(CHANNELS) - {"email"}


@pytest.mark.parametrize("key", list(CHANNELS))
def test_beginning_end_and_return_arrive_one_by_one(
    team: Team, make: Make, http: HttpServer, smtp: SmtpServer, key: str
) -> None:
    channel = make(key)
    found(team, channel)
    deliver()
    recover(1)
    deliver(NOW + HOUR)
    found(team, channel, at=NOW + 2 * HOUR)
    deliver(NOW + 2 * HOUR)
    assert states() == ["sent"] * 3
    assert arrived(http, smtp) == 3


@pytest.mark.parametrize("key", list(CHANNELS))
def test_a_test_message_arrives_and_brings_a_receipt(make: Make, http: HttpServer, smtp: SmtpServer, key: str) -> None:
    test = send_test(channel=make(key), now=NOW)
    deliver()
    test.refresh_from_db()
    assert (test.status, test.error) == ("sent", "")
    assert test.receipt.endswith(".")
    assert http.requests or smtp.mails


@pytest.mark.parametrize("kind", [kind for kind in DeliveryKind if kind != DeliveryKind.TEST])
@pytest.mark.parametrize("key", list(CHANNELS))
def test_every_kind_of_message_can_be_sent(
    make: Make, http: HttpServer, smtp: SmtpServer, key: str, kind: DeliveryKind
) -> None:
    parts = {"count": 2, "titles": ["main.orders is late", "main.items is late"]}
    facts: dict[str, Any] = FACTS | {"change": "It got worse.", "parts": parts, "event_at": NOW.isoformat()}
    message = write_message(kind=kind, facts=facts, severity="critical", link="http://x", repeated=False)
    thread = "key" if kind in (DeliveryKind.ROLLUP, DeliveryKind.DIGEST) else "incident-1"
    sent = driver_of(make(key)).send(Outgoing("key", thread, "incident-1-then", True, 1, message))
    assert sent.receipt.endswith(".")
    assert arrived(http, smtp) == (0 if sent.left_out else 1)


@pytest.mark.parametrize("key", [key for key in OVER_HTTP if CHANNELS[key].repeat is not Repeat.LOOK_UP])
def test_a_repeat_is_recognised_by_its_key_or_says_that_it_may_be_one(
    team: Team, make: Make, http: HttpServer, key: str
) -> None:
    http.answers.append(Answer(fault="reset"))
    found(team, make(key))
    deliver()
    assert delivery().unconfirmed
    deliver(NOW + HOUR)
    first, second = http.requests
    said = [MAY_BE_A_REPEAT in request.body.decode() for request in (first, second)]
    assert said == ([False, True] if CHANNELS[key].repeat is Repeat.VISIBLE else [False, False])
    if CHANNELS[key].repeat is Repeat.SAFE:
        assert (first.path, first.body) == (second.path, second.body)


@over_http
def test_a_receiver_that_never_answers_is_left_in_time(make: Make, http: HttpServer, key: str) -> None:
    http.answers.append(Answer(fault="hang"))
    driver = driver_of(make(key))
    driver.seconds = 0.2
    message = write_message(kind="opened", facts=FACTS, severity="high", link="http://x", repeated=False)
    with pytest.raises(SendFailed, match=r"gave no answer within 0\.\d+ s") as failed:
        driver.send(Outgoing("key", "incident-1", "incident-1-then", True, 1, message))
    assert failed.value.unconfirmed


@judged
def test_a_retry_waits_as_long_as_the_receiver_asks(team: Team, make: Make, http: HttpServer, key: str) -> None:
    http.answers.append(Answer(429, headers={"Retry-After": "900"}))
    found(team, make(key))
    deliver()
    first = delivery()
    assert (first.status, first.due_at, first.unconfirmed) == ("queued", NOW + timedelta(seconds=900), False)


@over_http
@pytest.mark.parametrize("status", [500, 503])
def test_an_error_of_the_receiver_passes(team: Team, make: Make, http: HttpServer, key: str, status: int) -> None:
    http.answers.append(Answer(status))
    found(team, make(key))
    deliver()
    assert states() == ["queued"]
    assert delivery().unconfirmed
    deliver(NOW + HOUR)
    assert states() == ["sent"]


@judged
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_a_refusal_ends_at_once_and_says_what_to_mend(
    team: Team, make: Make, http: HttpServer, timeline: Timeline, key: str, status: int
) -> None:
    http.answers.append(Answer(status, body=b"no"))
    incident = found(team, make(key))
    deliver()
    assert states() == ["dead"]
    before, said, advice = delivery().error.partition(f" answered {status}: “no”. ")
    assert before
    assert said
    assert advice.endswith(".")
    assert advice in timeline(incident)[-1]


@judged
def test_a_redirect_is_not_followed(team: Team, make: Make, http: HttpServer, key: str) -> None:
    http.answers.append(Answer(301, headers={"Location": f"{http.origin}/elsewhere"}))
    found(team, make(key))
    deliver()
    assert (len(http.requests), states()) == (1, ["dead"])
    assert "does not follow redirects" in delivery().error


@judged
@pytest.mark.parametrize(
    "body",
    [b"x" * 2_000_000, b"\xff\xfe\x00 no \x1b[31m", b"[" * 50_000, b'{"message": "a\\u0000b\\ud800"}', b"{}", b""],
    ids=["huge", "not UTF-8", "deep", "half a character", "empty object", "empty"],
)  # fmt: skip
def test_whatever_the_receiver_says_is_kept_short_and_printable(
    team: Team, make: Make, http: HttpServer, key: str, body: bytes
) -> None:
    http.answers.append(Answer(400, body=body))
    found(team, make(key))
    deliver()
    error = delivery().error
    assert states() == ["dead"]
    assert error.isprintable()
    assert len(error) < 500


@pytest.mark.parametrize("key", [key for key in OVER_HTTP if key != "webhook"])  # a webhook's secret is never sent
@pytest.mark.parametrize("status", [200, 301, 400, 500])
def test_a_secret_that_the_receiver_repeats_is_told_nobody(
    team: Team, make: Make, http: HttpServer, timeline: Timeline, caplog: pytest.LogCaptureFixture,
    key: str, status: int,
) -> None:  # fmt: skip
    channel = make(key)
    repeated = json.dumps({"message": " ".join(SECRETS), "requestId": SECRETS[4]}).encode()
    place = f"{http.origin}/{SECRETS[0]}?{SECRETS[2]}"
    http.answers.append(Answer(status, body=repeated, headers={"Location": place}))
    incident = found(team, channel)
    deliver()
    told = " ".join([delivery().error, delivery().receipt, *timeline(incident), caplog.text])
    own = [secret for secret in SECRETS if secret in str(settings_for(key, http))]
    assert own
    assert not any(secret in told or secret in str(Channel.objects.values()) for secret in own)


@over_http
def test_names_of_three_thousand_characters_fit_into_a_message(
    team: Team, make: Make, http: HttpServer, key: str
) -> None:
    long = "näme & <b>😀 " * 250
    added = [[f"column_{number}", long] for number in range(200)]
    channel = make(key)
    for situation in ("stale", "schema"):
        found(team, channel, key=situation, situation=situation, table=long, rule=long, connection=long, sentence=long,
              reason=long, source=long, added=added)  # fmt: skip
    deliver()
    deliver(NOW + timedelta(minutes=1))  # some take one message a second
    assert states() == ["sent", "sent"]
    assert all(json.loads(request.body) for request in http.requests)
    assert max(len(request.body) for request in http.requests) < LIMITS[key]


@over_http
def test_a_private_address_is_refused_where_the_setting_says_so(
    team: Team, make: Make, http: HttpServer, settings: DjangoSettings, key: str
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    found(team, make(key))
    deliver()
    assert states() == ["dead"]
    assert "inside a private network" in delivery().error
    assert not http.requests
