"""Addresses that people type: none leads Midwatch into the private network, whatever it is written like."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from pytest_django import Settings

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import Outgoing, SendError
from apps.common.errors import InvalidInput, MidwatchError
from apps.common.plugins import check_settings
from apps.connections.engines import ENGINES
from apps.connections.engines.errors import ConnectionFailed
from apps.summaries.generated.client import complete
from apps.summaries.services import Message
from apps.teams.signin.outgoing import GuardedSession
from apps.teams.signin.providerform import EXTRA
from apps.teams.signin.saml import metadata
from tests.servers.http import Answer, HttpServer

HERE = ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")
INSIDE = (
    *HERE,
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "[fd12::1]",
    "[64:ff9b::a00:1]",
    "names.example",
)
# Refused also where private addresses are allowed.
NEVER = ("169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "0.0.0.0", "[::]",  # noqa: S104
         "[::ffff:169.254.169.254]", "2852039166", "224.0.0.1")  # fmt: skip
Call = Callable[[str, int], Any]


def engine(key: str, **more: Any) -> Call:
    def call(host: str, port: int) -> None:
        bare = {"host": host, "port": port} if "host" in ENGINES[key].Settings.model_fields else {}
        typed = {name: value.format(host=host, port=port) for name, value in more.items()}
        with ENGINES[key](check_settings(ENGINES[key].Settings, bare | typed)) as session:
            session.tables()

    return call


def channel(key: str, address: str, **more: Any) -> Call:
    def call(host: str, port: int) -> None:
        given = {"url": address.format(host=host, port=port), **more}
        message = Message("opened", "x", "x", (), "http://x/", "x", "high")
        driver = CHANNELS[key](check_settings(CHANNELS[key].Settings, given))
        driver.send(Outgoing("k", "t", "i", True, 1, message))

    return call


def language_model(host: str, port: int) -> None:
    from django.conf import settings  # noqa: PLC0415 (the fixture sets it back)

    settings.MIDWATCH_LLM_URL, settings.MIDWATCH_LLM_MODEL = f"http://{host}:{port}/v1", "m"
    complete(rules="r", request="q")


def provider(host: str, port: int) -> None:
    with GuardedSession() as session:
        session.get(f"http://{host}:{port}/.well-known/openid-configuration")


LOGIN = {"user": "u", "password": "p"}
# Where an address is typed, by the setting that holds it, and what calls it.
CALLS: dict[str, Call] = {
    "postgres.host": engine("postgres", database="d", **LOGIN),
    "redshift.host": engine("redshift", database="d", **LOGIN),
    "mysql.host": engine("mysql", **LOGIN),
    "lake.endpoint": engine("lake", path="s3://bucket/x", endpoint="http://{host}:{port}", access_key_id="a",
                            secret_access_key="b"),
    "webhook.url": channel("webhook", "http://{host}:{port}/x", secret="a secret that both sides know"),
    "slack.url": channel("slack", "http://{host}:{port}/x"),
    "teams.url": channel("teams", "http://{host}:{port}/x"),
    "apprise.url": channel("apprise", "json://{host}:{port}/x"),
    "provider.server_url": provider,
    "provider.metadata_url": lambda host, port: metadata.fetch(f"http://{host}:{port}/metadata"),
    "MIDWATCH_LLM_URL": language_model,
}  # fmt: skip
# Settings that lead nowhere: names, numbers and keys; files; and words that a list or a pattern checks.
NO_ADDRESS = {
    "bigquery": {"project", "datasets", "service_account_json", "location", "max_bytes_per_query", "max_bytes_per_day",
                 "price_per_tib"},
    "duckdb": {"path", "token"},
    "lake": {"path", "access_key_id", "secret_access_key", "region"},
    "mysql": {"port", "database", "user", "password", "ssl_mode", "ssl_ca"},
    "postgres": {"port", "database", "user", "password", "sslmode", "sslrootcert"},
    "redshift": {"port", "database", "user", "password", "sslmode", "sslrootcert"},
    "snowflake": {"account", "user", "password", "private_key", "private_key_passphrase", "role", "warehouse",
                  "database", "schemas"},
    "sqlite": {"path"},
    "email": {"to", "answers"},
    "slack_bot": {"bot_token", "signing_secret", "channel", "mentions"},
    "slack": {"mentions"}, "teams": set(), "webhook": {"secret"}, "apprise": set(),
    "pagerduty": {"routing_key", "region"},
    "opsgenie": {"api_key", "region"},
    "provider": {"groups_claim", "trust_email", "metadata", "domains", "organisations"},
}  # fmt: skip
REFUSALS = (ConnectionFailed, SendError, MidwatchError, requests.ConnectionError)
# Two libraries do not even take the odd ways to write an address.
WORDS = ("it leads to", "Apprise does not understand the address", "Invalid IPv4 address")


@pytest.fixture
def listener(settings: Settings) -> Iterator[HttpServer]:
    """A service inside, on all addresses of this machine, that nobody from outside may reach."""
    settings.MIDWATCH_LLM_URL = settings.MIDWATCH_LLM_MODEL = ""
    server = HttpServer().start()
    assert isinstance(server, HttpServer)
    yield server
    server.stop()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name whose owner lets it lead into the private network."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("10.0.0.1" if host == "names.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_every_setting_says_whether_it_is_an_address() -> None:
    drivers = {key: set(ENGINES[key].Settings.model_fields) for key in ENGINES}
    drivers |= {key: set(CHANNELS[key].Settings.model_fields) for key in CHANNELS} | {"provider": set(EXTRA)}
    told = {key: set(fields) for key, fields in NO_ADDRESS.items()}
    for name in CALLS:
        key, _, field = name.partition(".")
        if field:
            told.setdefault(key, set()).add(field)
    assert told == drivers


@pytest.mark.parametrize("place", CALLS)
def test_no_typed_address_leads_inside(place: str, settings: Settings, listener: HttpServer, names: None) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    for host in (*INSIDE, *NEVER):
        with pytest.raises(REFUSALS) as refusal:
            CALLS[place](host, listener.port)
        assert any(words in str(refusal.value) for words in WORDS), (host, str(refusal.value))
    assert listener.requests == []


@pytest.mark.parametrize("place", CALLS)
def test_what_machines_keep_for_themselves_is_never_called(
    place: str, settings: Settings, listener: HttpServer
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = True
    for host in NEVER:
        with pytest.raises(REFUSALS) as refusal:
            CALLS[place](host, listener.port)
        assert any(words in str(refusal.value) for words in WORDS), (host, str(refusal.value))


@pytest.mark.parametrize("place", [name for name in CALLS if "host" not in name and name != "lake.endpoint"])
def test_no_answer_leads_elsewhere(place: str, settings: Settings, listener: HttpServer) -> None:
    """A public address that redirects to the metadata of the machine."""
    settings.MIDWATCH_PRIVATE_ADDRESSES = True
    onward = Answer(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
    listener.answers.extend([onward] * 3)
    with pytest.raises(REFUSALS):
        CALLS[place](listener.host, listener.port)
    assert len(listener.requests) == 1


def test_a_name_that_changes_its_meaning_leads_nowhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is public when it is looked at, and private when it is called."""
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    real, meanings = socket.getaddrinfo, iter(["93.184.215.14"] + ["127.0.0.1"] * 9)
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real(next(meanings), *a, **k))
    with pytest.raises(requests.ConnectionError, match="inside a private network"):
        provider("names.example", 9)


def test_an_endless_answer_of_a_provider_is_not_read_whole(listener: HttpServer) -> None:
    listener.answers.append(Answer(200, b"x" * 3_000_000))
    with pytest.raises(InvalidInput, match="too long"):
        metadata.fetch(f"{listener.origin}/metadata")


@pytest.mark.parametrize(
    ("key", "typed"),
    [("duckdb", {"path": "http://{}/x.duckdb"}), ("sqlite", {"path": "http://{}/x.db"}),
     ("snowflake", {"account": "{}/x#", "user": "u", "password": "p", "database": "d"}),
     ("lake", {"path": "http://{}/x"})],
)  # fmt: skip
def test_files_and_accounts_are_no_addresses(key: str, typed: dict[str, str], listener: HttpServer) -> None:
    place = f"{listener.host}:{listener.port}"
    values = {name: value.format(place) for name, value in typed.items()}
    with pytest.raises((InvalidInput, ConnectionFailed)), ENGINES[key](check_settings(ENGINES[key].Settings, values)):
        pass
    assert listener.requests == []
