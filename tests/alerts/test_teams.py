"""Cards as a Teams workflow gets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.alerts.channels.teams import MAX_BODY, body_of
from apps.alerts.models import Channel, Delivery
from apps.alerts.services import send_test
from apps.summaries.services import Message
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.servers.http import Answer, HttpServer, Request

Make = Callable[..., Channel]
EVIL = "[click](https://evil.example) **bold** <at>Everyone</at>"


def card_of(request: Request) -> dict[str, Any]:
    (attachment,) = json.loads(request.body)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card: dict[str, Any] = attachment["content"]
    return card


def lines(card: dict[str, Any]) -> Iterator[str]:
    for line in card["body"]:
        yield "".join(run["text"] for run in line["inlines"])


def test_a_card_says_what_happened_and_leads_to_the_incident(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("teams"))
    deliver()
    card = card_of(http.requests[0])
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    subject, headline, table, *_, footer = lines(card)
    assert subject == "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    assert headline.startswith("main.orders has not changed")
    assert table == "Table: main.orders"
    assert footer.startswith("You get this because")
    assert card["actions"][0]["url"].endswith(f"/alerts/incident/{incident.pk}/change/")


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
def test_the_color_follows_the_severity(team: Team, make: Make, http: HttpServer, severity: str) -> None:
    found(team, make("teams"), severity=severity)
    deliver()
    color = card_of(http.requests[0])["body"][0]["inlines"][0]["color"]
    assert color == {"critical": "Attention", "high": "Warning", "medium": "Accent", "low": "Default"}[severity]


def test_names_from_a_database_stand_where_markdown_is_not_read(team: Team, make: Make, http: HttpServer) -> None:
    found(team, make("teams"), table=EVIL, rule=EVIL, connection=EVIL)
    deliver()
    card = card_of(http.requests[0])
    assert {line["type"] for line in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for line in card["body"] for run in line["inlines"]} == {"TextRun"}
    assert "entities" not in card["msteams"]
    assert any("[click](https://evil.example)" in line for line in lines(card))


@pytest.mark.parametrize("letter", ["x", "😀", '"', "ü"])
def test_a_card_stays_below_the_limit_and_counts_what_is_left_out(letter: str) -> None:
    long = letter * 3_000
    message = Message("opened", long, long, ((("Column"), long),) * 80, "https://midwatch.example", long, "high")
    body = body_of(message)
    assert len(body) < MAX_BODY
    assert "more in Midwatch." in body.decode()


def test_acceptance_is_not_called_delivery(team: Team, make: Make, http: HttpServer) -> None:
    http.answers.append(Answer(202, body=b""))
    delivery = send_test(channel=make("teams"), now=NOW)
    deliver()
    delivery.refresh_from_db()
    assert delivery.status == "sent"
    assert "whether it was posted stands in the run history" in delivery.receipt


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (400, "TriggerInputSchemaMismatch", "its first step must be"),
        (401, "DirectApiAuthorizationRequired", "Copy the address from the workflow again."),
        (404, "WorkflowNotFound", "Switch it on, or make a new one"),
        (413, "RequestEntityTooLarge", "too large"),
    ],
)
def test_a_refusal_names_the_code_and_says_what_to_mend(
    team: Team, make: Make, http: HttpServer, status: int, code: str, advice: str
) -> None:
    http.answers.append(Answer(status, body=json.dumps({"error": {"code": code, "message": "No."}}).encode()))
    found(team, make("teams"))
    deliver()
    error = Delivery.objects.get().error
    assert error.startswith(f"The Teams workflow answered {status}: “code: {code} message: No”. ")
    assert advice in error
