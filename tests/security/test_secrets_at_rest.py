"""Every secret that Midwatch is trusted with is used, and echoed by whom it is sent to: it stands nowhere in clear."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel, Delivery
from apps.alerts.services import deliver_due, save_channel, send_test
from apps.common.errors import MidwatchError
from apps.common.fields import Sealed
from apps.connections.services import refresh_catalogue, save_connection
from apps.status.models import StatusPage
from apps.status.services import make_link
from apps.summaries.generated.client import complete
from apps.summaries.generated.errors import ModelError
from apps.teams.models import Role, SignInProvider, Team, User
from apps.teams.provisioning.keys import make_key
from apps.teams.services import add_member, break_glass_token, issue_token
from apps.teams.signin.invitations import invite
from tests.alerts.listeners import SECRETS as OF_CHANNELS
from tests.alerts.listeners import SIGNING_SECRET, settings_for, stand_ins
from tests.servers.http import Answer, HttpServer
from tests.servers.llm import ModelServer, error

PASSWORD, WRONG = "pass-phrase-of-anna-0001", "mistyped-phrase-of-anna-0002"
OF_STORE, OF_PROVIDER, OF_MODEL = "store+password/0003==", "client+secret/0004", "sk-model-0005-drawn-by-lot"
# Answers are cut and cleaned before they are kept: a part of a secret gives it away as well.
SHORTEST = 12


@pytest.fixture
def http() -> Iterator[HttpServer]:
    server = HttpServer().start()
    assert isinstance(server, HttpServer)
    yield server
    server.stop()


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data")


def people(team: Team) -> dict[str, str]:
    """A person who signs in, with a second step, tokens and links."""
    anna = User.objects.create_user("anna@example.com", PASSWORD, name="Anna")
    add_member(team=team, user=anna, role=Role.ADMINISTRATOR)
    for password in (WRONG, PASSWORD):
        Client().post("/login/", {"username": anna.email, "password": password})
    secret = generate_totp_secret()
    TOTP.activate(anna, secret)
    codes = RecoveryCodes.activate(anna).get_unused_codes()
    token = issue_token(team=team, name="ci", role=Role.MANAGER)
    Client().get("/api/v1/rules", headers={"Authorization": f"Bearer {token}"})
    _, invitation = invite(team=team, email="b@example.com", role=Role.VIEWER, by=anna, now=timezone.now())
    Client().get(f"/invitation/{invitation}/")
    glass = break_glass_token(user=User.objects.create_superuser("glass@example.com"))
    assert Client().post(f"/account/glass/{glass}/").status_code == 302
    found = {"password": PASSWORD, "mistyped": WRONG, "app": secret, "token": token, "invitation": invitation,
             "glass": glass}  # fmt: skip
    return found | {f"code {number}": code for number, code in enumerate(codes)}


def providers(team: Team) -> dict[str, str]:
    provider = SignInProvider.objects.create(  # type: ignore[misc]  # a SealedField takes what is sealed
        key="okta", name="Okta", client_id="x", secrets=Sealed.of({"client_secret": OF_PROVIDER}),
        settings={"server_url": "http://127.0.0.1:9", "domains": ["example.com"]},
    )  # fmt: skip
    key = make_key(provider=provider)
    Client().get("/scim/v2/Users", headers={"Authorization": f"Bearer {key}"})
    Client().get("/account/oidc/okta/login/")
    page = StatusPage.objects.create(team=team, name="Data", slug="data")
    address = make_link(page=page, now=timezone.now())
    Client().get(address)
    return {"client secret": OF_PROVIDER, "SCIM key": key, "status key": address.rstrip("/").rpartition("/")[2]}


def stores_and_channels(team: Team, http: HttpServer) -> dict[str, str]:
    """A store that refuses, and channels whose providers answer with all they were sent."""
    login = {"host": http.host, "port": 9, "user": "reader", "database": "shop", "password": OF_STORE}
    store = save_connection(team=team, name="shop", engine="postgres", settings=login)
    with pytest.raises(MidwatchError):
        refresh_catalogue(connection=store, now=timezone.now())
    for key in [each for each in CHANNELS if each != "email"]:
        typed = settings_for(key, http)
        channel = save_channel(team=team, name=key, type=key, settings=typed)
        send_test(channel=channel, now=timezone.now())
        # Slack knows the secret by which it signs, and is never sent it.
        own = [secret for secret in OF_CHANNELS if secret in str(typed) and secret != SIGNING_SECRET]
        said = json.dumps({"ok": False, "error": f"You sent {' '.join(own)}", "message": " ".join(own)})
        http.answers.extend([Answer(400, said.encode())] * 3)
        deliver_due(now_source=timezone.now)
        http.answers.clear()
    assert Delivery.objects.exclude(error="").count() >= len(CHANNELS) - 1
    changed = Channel.objects.get(type="webhook")
    save_channel(team=team, name="webhook", type="webhook", instance=changed,
                 settings={"url": http.url, "secret": "another secret of both sides"})  # fmt: skip
    Channel.objects.get(type="slack").delete()
    return {"store": OF_STORE, "second hook": "another secret of both sides"} | {
        f"channel {number}": secret for number, secret in enumerate(OF_CHANNELS)
    }


def of_model(settings: Settings) -> dict[str, str]:
    server = ModelServer()
    server.start()
    settings.MIDWATCH_LLM_URL, settings.MIDWATCH_LLM_MODEL, settings.MIDWATCH_LLM_KEY = server.base, "m", OF_MODEL
    server.answers.append(error(401, f"Incorrect API key provided: {OF_MODEL}"))
    with pytest.raises(ModelError) as refusal:
        complete(rules="r", request="q")
    server.stop()
    logging.getLogger("midwatch").warning("%s", refusal.value)
    return {"model": OF_MODEL}


def forms(secret: str) -> set[str]:
    """The secret as it is, and as it is written in addresses, in headers and in JSON."""
    raw = secret.encode()
    packed = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    return {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], secret[: SHORTEST + 4], *packed}


def dump() -> str:
    """Every row of every table, as text."""
    lines = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            lines += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return "\n".join(lines)


def output_of(command: str, *arguments: str) -> str:
    out = io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=out)
    except SystemExit:
        pass
    return out.getvalue()


def pages(team: Team) -> str:
    """What a superuser reads where the secrets are kept."""
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com"))
    found = ["/audit/", "/audit.csv", "/outbox/", "/alerts/delivery/", "/connections/connection/"]
    rows = {
        "/connections/connection": team.connections.all(), "/alerts/channel": Channel.objects.all(),
        "/alerts/delivery": Delivery.objects.all(), "/teams/signinprovider": SignInProvider.objects.all(),
    }  # fmt: skip
    for place, of in rows.items():
        found += [f"{place}/{row.pk}/change/" for row in of]
        found += [f"{place}/{row.pk}/history/" for row in of if place != "/alerts/delivery"]
    read = []
    for address in found:
        answer: Any = root.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        read.append(f"{address}: {body.decode()}")
    return "\n".join(read)


@pytest.mark.django_db
def test_no_secret_stands_anywhere_in_clear(
    team: Team,
    http: HttpServer,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings.MIDWATCH_STAND_INS = stand_ins(http)
    caplog.set_level(logging.DEBUG)
    secrets = people(team) | providers(team) | stores_and_channels(team, http) | of_model(settings)
    places = {
        "the database": dump(), "the pages": pages(team), "doctor": output_of("doctor"),
        "export": output_of("export", "--team", "Data"), "audit": output_of("audit"), "the log": caplog.text,
    }  # fmt: skip
    printed = capfd.readouterr()
    places["standard output"] = printed.out + printed.err
    leaks = {
        f"{name} in {place}: …{text[max(0, text.find(form) - 80) : text.find(form) + 20]!r}"
        for name, secret in secrets.items()
        for place, text in places.items()
        for form in forms(secret)
        if len(form) >= 8 and form in text
    }
    assert leaks == set(), "\n".join(sorted(leaks))
    assert Authenticator.objects.count() == 2
    assert all(text for text in list(places.values())[:5])
