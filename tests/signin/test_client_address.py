"""A browser cannot make up its address: only what trusted proxies add is believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from apps.changes.models import AuditEntry
from apps.teams.models import User
from config import env
from config.proxies import address_told

EMAIL, PASSWORD = "anna@example.com", "a long enough passphrase"


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("198.51.100.7", 0, ""),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("198.51.100.7", 2, ""),
        ("198.51.100.7:5123", 1, "198.51.100.7"),
        ("[2001:db8::1]:5123", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("<script>", 1, ""),
        ("", 1, ""),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_was_asked_from(
    header: str, proxies: int, address: str
) -> None:
    assert address_told(header, proxies) == address


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7")])
def test_the_audit_and_the_sessions_believe_no_header_that_a_browser_sent(
    settings: Settings, proxies: int, address: str
) -> None:
    settings.MIDWATCH_TRUSTED_PROXIES = proxies
    User.objects.create_user(EMAIL, PASSWORD)
    client = Client(headers={"x-forwarded-for": "203.0.113.9, 198.51.100.7", "x-real-ip": "203.0.113.9"})
    client.post("/login/", {"username": EMAIL, "password": PASSWORD})
    assert AuditEntry.objects.get(act="signed_in").address == address
    assert f">{address}<" in client.get("/account/sessions/").content.decode()


@pytest.mark.django_db
def test_a_forged_address_does_not_get_around_the_limit_of_failures(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip", "login_failed": "100/300s/key"}
    User.objects.create_user(EMAIL, PASSWORD)
    pages = [
        Client(headers={"x-forwarded-for": f"203.0.113.{n}"}).post("/login/", {"username": EMAIL, "password": "wrong"})
        for n in range(4)
    ]
    assert [page.status_code for page in pages] == [200, 200, 200, 429]


def test_the_number_of_proxies_is_a_number(tmp_path: Path) -> None:
    assert env.read({"MIDWATCH_TRUSTED_PROXIES": "2"}, root=tmp_path).trusted_proxies == 2
    with pytest.raises(ImproperlyConfigured, match="MIDWATCH_TRUSTED_PROXIES is 'all'"):
        env.read({"MIDWATCH_TRUSTED_PROXIES": "all"}, root=tmp_path)
