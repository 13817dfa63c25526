"""Another site makes the browser of somebody who is signed in send a form: nothing takes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

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


def test_a_picture_on_another_site_changes_nothing(forger: Client, values: dict[str, Any]) -> None:
    """A GET is sent with the cookie, and no token guards it: what changes something takes none."""
    shown_as_well = {"admin:status_statuspage_link"}  # a page whose buttons post to its own address
    posts = [name for name, line in routes.lines().items() if line.post and name not in shown_as_well]
    answers = {name: forger.get(reverse(name, kwargs=arguments(name, values))).status_code for name in posts}
    assert {name: status for name, status in answers.items() if status not in (404, 405)} == {}
    assert len(answers) > 20


def test_cookies_are_not_sent_along_with_forms_of_other_sites(client: Client) -> None:
    User.objects.create_user("anna@example.com", "a long enough passphrase")
    client.get("/login/")
    client.post("/login/", {"username": "anna@example.com", "password": "a long enough passphrase"})
    cookies = client.cookies
    assert {name: cookies[name]["samesite"] for name in ("sessionid", "csrftoken")} == {
        "sessionid": "Lax", "csrftoken": "Lax",
    }  # fmt: skip
    assert cookies["sessionid"]["httponly"]
