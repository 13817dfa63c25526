"""What the site tells browsers, in production: HTTPS for a year, cookies over it alone, no frames, no faults shown."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from tests.pages import routes
from tests.pages.conftest import World

ASK = """
import json, django
django.setup()
from django.conf import settings as s
names = ("DEBUG", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
         "SESSION_COOKIE_HTTPONLY", "X_FRAME_OPTIONS", "SECURE_CONTENT_TYPE_NOSNIFF", "MIDWATCH_PRIVATE_ADDRESSES")
print(json.dumps({name: getattr(s, name) for name in names}))
"""


def test_production_asks_browsers_for_https_alone(tmp_path: Path) -> None:
    environ = os.environ | {
        "MIDWATCH_HOME": str(tmp_path), "DATABASE_URL": "postgres://midwatch:x@127.0.0.1/midwatch",
        "SECRET_KEY": secrets.token_urlsafe(60), "MIDWATCH_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "MIDWATCH_BASE_URL": "https://watch.example.com", "DJANGO_SETTINGS_MODULE": "config.settings",
        "MIDWATCH_PRIVATE_ADDRESSES": "",
    }  # fmt: skip
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, env=environ, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(done.stdout) == {
        "DEBUG": False, "SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31_536_000, "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True, "SESSION_COOKIE_HTTPONLY": True, "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True, "MIDWATCH_PRIVATE_ADDRESSES": False,
    }  # fmt: skip


@pytest.mark.django_db
def test_answers_over_https_say_so_and_plain_ones_lead_there(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    assert client.get("/login/").headers["Location"] == "https://testserver/login/"
    headers = client.get("/login/", secure=True).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "same-origin")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/nothing-there/", "/rules/rule/999999/", "/api/v1/rules/999999", "/api/v1/nothing"]
)
def test_what_is_not_there_is_said_without_internals(root: Client, address: str) -> None:
    answer = root.get(address)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert not any(words in page for words in ("Traceback", "urlpatterns", "apps.", "site-packages", "SELECT "))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/rules/rule/{}/", "/api/v1/rules/{}"])
def test_a_fault_is_said_without_internals(
    root: Client, world: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the password is hunter2-hunter2")

    monkeypatch.setattr("django.db.models.query.QuerySet.get", broken)
    monkeypatch.setattr("django.db.models.query.QuerySet.first", broken)
    root.raise_request_exception = False
    answer = root.get(address.format(world.rule.pk))
    page = answer.content.decode()
    assert answer.status_code == 500
    assert not any(words in page for words in ("hunter2", "Traceback", "RuntimeError", "settings"))


@pytest.mark.django_db
def test_hosts_that_are_not_ours_get_no_page(client: Client, settings: Settings) -> None:
    """Else a link for a new password could lead to the host that a stranger put into the request."""
    settings.ALLOWED_HOSTS = ["watch.example.com"]
    for address in ("/login/", "/account/password/reset/"):
        assert client.get(address, headers={"host": "evil.example"}).status_code == 400
    assert len(routes.lines()) > 100
