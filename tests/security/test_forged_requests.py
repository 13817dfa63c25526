"""Another site makes the browser of somebody who is signed in send a form: nothing takes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.alerts.answering import slack
from apps.teams.models import User
from tests.pages import routes
from tests.pages.everything import arguments

pytestmark = pytest.mark.django_db
# What a browser cannot be made to send stands for the token of a form.
WITHOUT_TOKEN = {
    "saml_acs": "the provider signed the answer, to a question of this very browser",
    "answer": "the link of the mail is signed; mail programs send it without a page",
    "slack_pressed": "Slack signed it",
    "scim_service": "a key is sent, and cookies are not read", "scim_described": "a key", "scim_description": "a key",
    "scim_many": "a key", "scim_one": "a key", "scim_nothing": "a key",
}  # fmt: skip


@pytest.fixture
def forger(db: None) -> Client:
    """The browser of a superuser, led by another site: it sends the session's cookie, and no token."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def test_no_route_takes_a_form_of_another_site(forger: Client, values: dict[str, Any]) -> None:
    taken = {}
    for name in routes.lines():
        address = f"/{name}" if name in routes.NAMELESS else reverse(name, kwargs=arguments(name, values))
        answer = forger.post(address, {"name": "x"})
        if answer.status_code != 403 or "CSRF" not in answer.content.decode():
            taken[name] = answer.status_code
    assert set(taken) == set(WITHOUT_TOKEN)
    assert all(status in (400, 401, 403, 404) for status in taken.values()), taken


def test_no_operation_of_the_api_takes_a_request_of_another_site(forger: Client, values: dict[str, Any]) -> None:
    writes = [each for each in routes.operations() if not each.startswith("GET ")]
    for operation in writes:
        verb, path = operation.split(" ")
        address = "/api/v1" + re.sub(r"\{\w+\}", "1", path)
        answer = forger.generic(verb, address, "{}", "application/json")
        assert (answer.status_code, "CSRF" in answer.content.decode()) == (403, True), operation
    assert len(writes) > 15


def test_reading_an_address_changes_nothing(forger: Client) -> None:
    """What a page of another site can embed as a picture: a GET with the cookie, which no token guards."""
    posts = [name for name, line in routes.lines().items() if line.post]
    for name in posts:
        parameters = {parameter: 1 for parameter in _parameters(name)}
        answer = forger.get(reverse(name, kwargs=parameters))
        assert answer.status_code in (404, 405), name
    assert len(posts) > 30


def test_cookies_are_not_sent_along_with_forms_of_other_sites() -> None:
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert slack.pressed.csrf_exempt  # type: ignore[attr-defined]
