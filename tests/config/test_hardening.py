"""What browsers and Django's own list ask of a site that is open to people."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from apps.teams.models import User
from config.headers import POLICY


def test_djangos_deployment_checks_find_nothing_in_production(tmp_path: Path) -> None:
    # Tests with a browser let Django run in a thread that has an event loop.
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"} | {
        "MIDWATCH_HOME": str(tmp_path),
        "DATABASE_URL": "postgres://midwatch:x@127.0.0.1/midwatch",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "MIDWATCH_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "MIDWATCH_BASE_URL": "https://watch.example.com",
        "ALLOWED_HOSTS": "watch.example.com",
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 (our own command)
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login/", "/healthz", "/static/midwatch/midwatch.css", "/api/v1/rules"])
def test_every_answer_says_what_a_page_may_do(client: Client, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "'unsafe-inline'" not in POLICY.partition("script-src")[2].partition(";")[0]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_passwords_are_hashed_by_argon2() -> None:
    user = User.objects.create_user("anna@example.com", "a long enough passphrase")
    assert identify_hasher(user.password).algorithm == "argon2"
