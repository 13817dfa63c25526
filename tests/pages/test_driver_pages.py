"""Connections and channels: a form per driver, secrets that stay, and the tests of both."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel, Delivery
from apps.alerts.outbox.mailfile import FileOutbox, saved_mails
from apps.alerts.services import deliver_due, save_channel
from apps.common.clock import utc_now
from apps.connections.engines import ENGINES
from apps.connections.models import Connection
from tests.pages.conftest import SECRET, World

pytestmark = pytest.mark.django_db
PASSWORD = "a-password-that-nobody-may-see"
ENGINE_SETTINGS: dict[str, dict[str, Any]] = {
    "bigquery": {"project": "shop-prod-1234", "location": "EU", "max_bytes_per_query": 5_000_000_000,
                 "max_bytes_per_day": 40_000_000_000, "price_per_tib": 7.5},
    "duckdb": {"path": "/somewhere/shop.duckdb"},
    "lake": {"path": "s3://bucket/lake", "access_key_id": "reader", "secret_access_key": PASSWORD,
             "region": "eu-central-1", "endpoint": "https://minio.example.com:9000"},
    "mysql": {"host": "db", "port": 3307, "user": "reader", "password": PASSWORD, "ssl_mode": "required"},
    "sqlite": {"path": "/somewhere/shop.sqlite3"},
    "redshift": {"host": "cluster", "port": 5440, "database": "dev", "user": "reader", "password": PASSWORD,
                 "sslmode": "verify-full"},
    "postgres": {"host": "db", "port": 5433, "database": "app", "user": "reader", "password": PASSWORD,
                 "sslmode": "require"},
    "snowflake": {"account": "myorg-account1", "user": "READER", "password": PASSWORD, "database": "SHOP"},
}  # fmt: skip
CHANNEL_SETTINGS: dict[str, dict[str, Any]] = {
    "email": {"to": "ops@example.com\nanalyst@example.com", "answers": "on"},
    "slack_bot": {
        "bot_token": f"xoxb-{PASSWORD}",
        "signing_secret": PASSWORD,
        "channel": "C024BE91L",
        "mentions": "here",
    },
    "slack": {"url": f"http://127.0.0.1:9/services/{PASSWORD}", "mentions": "here\nU024BE7LH"},
    "teams": {"url": f"http://127.0.0.1:9/workflows/1?sig={PASSWORD}"},
    "pagerduty": {"routing_key": "R0UTINGKEY0DRAWN0BY0LOT000000001", "region": "eu"},
    "opsgenie": {"api_key": PASSWORD, "region": "jira"},
    "webhook": {"url": "http://127.0.0.1:9/hook", "secret": PASSWORD},
    "apprise": {"url": f"json://127.0.0.1:9/{PASSWORD}"},
}


def entered(world: World, values: dict[str, Any], **frame: Any) -> dict[str, Any]:
    settings_fields = {f"settings-{name}": value for name, value in values.items()}
    return {"team": world.team.pk, "name": "new", "timezone": "Europe/Berlin", **settings_fields, **frame}


def test_every_driver_is_covered_here() -> None:
    assert set(ENGINE_SETTINGS) == set(ENGINES)
    assert set(CHANNEL_SETTINGS) == set(CHANNELS)


@pytest.mark.parametrize("engine", list(ENGINE_SETTINGS))
def test_a_connection_of_every_engine_is_added_and_saved_again(manager: Client, world: World, engine: str) -> None:
    values = ENGINE_SETTINGS[engine]
    manager.post(f"/connections/connection/add/?engine={engine}", entered(world, values))
    connection = Connection.objects.get(name="new")
    secret_names = ENGINES[engine].Settings.secret_names()
    assert connection.settings == {name: value for name, value in values.items() if name not in secret_names}
    again = {name: value for name, value in values.items() if name not in secret_names}
    manager.post(f"/connections/connection/{connection.pk}/change/", entered(world, again))
    kept = Connection.objects.get(name="new")
    assert kept.secrets.open() == {name: values[name] for name in secret_names if name in values}
    assert kept.history.count() == 1


def test_amounts_of_bytes_are_written_and_shown_with_their_unit(manager: Client, world: World) -> None:
    values = {"project": "shop-prod-1234", "max_bytes_per_query": "1.5 GB", "max_bytes_per_day": ""}
    manager.post("/connections/connection/add/?engine=bigquery", entered(world, values))
    connection = Connection.objects.get(name="new")
    assert connection.settings["max_bytes_per_query"] == 1_500_000_000
    assert connection.settings["max_bytes_per_day"] is None
    assert 'value="1.5 GB"' in manager.get(f"/connections/connection/{connection.pk}/change/").content.decode()
    assert 'value="50 GB"' in manager.get("/connections/connection/add/?engine=bigquery").content.decode()


def test_what_is_no_amount_of_bytes_is_refused_at_its_field(manager: Client, world: World) -> None:
    values = {"project": "shop-prod-1234", "max_bytes_per_query": "1 gig"}
    page = manager.post("/connections/connection/add/?engine=bigquery", entered(world, values)).content.decode()
    assert "is no size; write a number and a unit, such as 500 MB, 1 GB or 1.5 TB." in page
    assert not Connection.objects.filter(name="new").exists()


@pytest.mark.parametrize("type_", list(CHANNEL_SETTINGS))
def test_a_channel_of_every_type_is_added_and_saved_again(manager: Client, world: World, type_: str) -> None:
    manager.post(f"/alerts/channel/add/?type={type_}", entered(world, CHANNEL_SETTINGS[type_]))
    channel = Channel.objects.get(name="new")
    secret_names = CHANNELS[type_].Settings.secret_names()
    again = {name: value for name, value in CHANNEL_SETTINGS[type_].items() if name not in secret_names}
    manager.post(f"/alerts/channel/{channel.pk}/change/", entered(world, again))
    kept = Channel.objects.get(name="new")
    assert (kept.settings, kept.secrets.open()) == (channel.settings, channel.secrets.open())
    assert kept.history.count() == 1


def test_an_engine_whose_package_is_missing_is_offered_with_the_line_that_installs_it(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = manager.get("/connections/connection/add/").content.decode()
    monkeypatch.setattr(ENGINES["mysql"], "sdk", "a_package_that_is_not_here")
    lacking = manager.get("/connections/connection/add/").content.decode()
    assert "?engine=mysql" in offered
    assert "?engine=mysql" not in lacking
    assert f"<code>{sys.executable} -m pip install &#x27;pymysql&gt;=1.2&#x27;</code>" in lacking


def test_a_stored_secret_is_on_no_page(manager: Client, world: World) -> None:
    manager.post("/connections/connection/add/?engine=postgres", entered(world, ENGINE_SETTINGS["postgres"]))
    pk = Connection.objects.get(name="new").pk
    for address in ("", f"{pk}/change/", f"{pk}/history/", f"{pk}/delete/"):
        assert PASSWORD not in manager.get(f"/connections/connection/{address}").content.decode()


def test_a_wrong_value_is_told_at_its_field(manager: Client, world: World) -> None:
    values = ENGINE_SETTINGS["postgres"] | {"port": 99_999}
    page = manager.post("/connections/connection/add/?engine=postgres", entered(world, values)).content.decode()
    assert "less than or equal to 65535" in page.partition('<p class="mw-problem">')[2]
    assert PASSWORD not in page
    assert not Connection.objects.filter(name="new").exists()


def test_the_test_of_a_new_connection_counts_its_tables(manager: Client, world: World, store: Path) -> None:
    answer = manager.post("/connections/connection/test/?engine=duckdb", entered(world, {"path": str(store)}))
    assert "Connected: 1 table, 0 views." in answer.content.decode()


def test_the_test_of_a_missing_file_says_what_to_do(manager: Client, world: World) -> None:
    answer = manager.post("/connections/connection/test/?engine=duckdb", entered(world, {"path": "/none.duckdb"}))
    assert "mw-banner-bad" in answer.content.decode()
    assert "/none.duckdb" in answer.content.decode()


SCRIPT = "/connections/connection/script/"


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_form_offers_the_script_where_the_store_has_logins(manager: Client, world: World, engine: str) -> None:
    form = manager.get(f"/connections/connection/add/?engine={engine}").content.decode()
    script = manager.post(f"{SCRIPT}?engine={engine}", {}).content.decode()
    assert (f"{SCRIPT}?engine={engine}" in form) == ("midwatch" in script.lower().partition("<pre")[2])


def test_the_form_of_a_lake_offers_a_policy_not_a_login(manager: Client, world: World) -> None:
    for engine, words in (("lake", "a policy for a read-only S3 key"), ("mysql", "a script for a read-only login")):
        assert f"Show {words}" in manager.get(f"/connections/connection/add/?engine={engine}").content.decode()
    answer = manager.post(f"{SCRIPT}?engine=lake", {"settings-path": "s3://shop/orders"}).content.decode()
    assert "A policy for a read-only S3 key" in answer
    assert "arn:aws:s3:::shop/orders/*" in answer


@pytest.mark.parametrize("path", ["/data/lake", "data/lake", "./lake", "~/lake", "lake"])
def test_a_folder_of_this_machine_needs_no_policy_however_it_is_written(
    manager: Client, world: World, path: str
) -> None:
    answer = manager.post(f"{SCRIPT}?engine=lake", {"settings-path": path}).content.decode()
    assert "needs no login and no policy" in answer
    assert "your-bucket" not in answer


def test_the_script_has_what_is_typed_so_far_and_no_password(manager: Client, world: World) -> None:
    typed = {"settings-database": "shop", "settings-port": "many", "settings-password": PASSWORD}
    answer = manager.post(f"{SCRIPT}?engine=postgres", typed).content.decode()
    assert "GRANT CONNECT ON DATABASE &quot;shop&quot; TO midwatch_reader;" in answer
    assert 'data-copy="grant-script"' in answer
    assert PASSWORD not in answer


def test_the_script_of_a_saved_connection_is_that_of_its_engine(manager: Client, world: World) -> None:
    manager.post("/connections/connection/add/?engine=mysql", entered(world, ENGINE_SETTINGS["mysql"]))
    pk = Connection.objects.get(name="new").pk
    typed = {"settings-database": "shop_1"}
    answer = manager.post(f"{SCRIPT}?connection={pk}", typed).content.decode()
    assert r"GRANT SELECT, SHOW VIEW ON `shop\_1`.* TO midwatch_reader;" in answer


def test_only_who_may_add_a_connection_gets_a_script_for_a_new_one(
    manager: Client, viewer: Client, stranger: Client, world: World
) -> None:
    assert manager.get(f"{SCRIPT}?engine=postgres").status_code == 404
    assert manager.post(f"{SCRIPT}?engine=oracle").status_code == 404
    assert viewer.post(f"{SCRIPT}?engine=postgres").status_code == 403
    assert stranger.post(f"{SCRIPT}?engine=postgres").status_code == 200  # an administrator of a team of their own


def test_a_form_says_where_each_provider_shows_the_values(manager: Client, world: World) -> None:
    page = manager.get("/connections/connection/add/?engine=postgres").content.decode()
    for provider in ("Amazon RDS and Aurora", "Google Cloud SQL", "Azure Database for PostgreSQL", "Supabase", "Neon"):
        assert f"<summary>{provider}</summary>" in page
    cards = manager.get("/connections/connection/add/").content.decode()
    assert "Supabase" not in cards


def test_a_connection_in_use_is_not_deleted(manager: Client, world: World) -> None:
    answer = manager.post(f"/connections/connection/{world.connection.pk}/delete/", {"post": "yes"})
    assert "Delete it first" in answer.content.decode()
    assert Connection.objects.filter(pk=world.connection.pk).exists()


def test_a_connection_without_rules_is_deleted(manager: Client, world: World) -> None:
    world.rule.delete()
    manager.post(f"/connections/connection/{world.connection.pk}/delete/", {"post": "yes"})
    assert not Connection.objects.exists()


def test_a_renamed_channel_shows_both_names_in_its_history(manager: Client, world: World) -> None:
    values = {"url": "http://127.0.0.1:9/hook"}
    manager.post(f"/alerts/channel/{world.channel.pk}/change/", entered(world, values, name="Pager"))
    page = manager.get(f"/alerts/channel/{world.channel.pk}/history/").content.decode()
    assert '<td class="mw-old" data-label="Before">hook &lt;script&gt;' in page
    assert '<td class="mw-new" data-label="After">Pager</td>' in page
    assert SECRET not in page


def test_the_test_message_is_followed_until_it_is_sent(operator: Client, viewer: Client, world: World) -> None:
    mail = save_channel(team=world.team, name="mail", type="email", settings={"to": ["ops@example.com"]})
    waiting = operator.post(f"/alerts/channel/{mail.pk}/test/").content.decode()
    delivery = Delivery.objects.get(kind="test")
    assert f'hx-get="/alerts/channel/delivery/{delivery.pk}/"' in waiting
    Delivery.objects.filter(pk=delivery.pk).update(status="sent", sent_at=utc_now())
    sent = viewer.get(f"/alerts/channel/delivery/{delivery.pk}/").content.decode()
    assert "Sent" in sent
    assert "hx-get" not in sent


@pytest.fixture
def kept_mail(world: World, settings: Any, tmp_path: Path) -> str:
    """A test message that went into the file outbox; the name of its file."""
    settings.EMAIL_BACKEND = f"{FileOutbox.__module__}.{FileOutbox.__qualname__}"
    settings.EMAIL_OUTBOX = tmp_path / "outbox"
    mail = save_channel(team=world.team, name="mail", type="email", settings={"to": ["ops@example.com"]})
    Delivery.objects.all().delete()
    Delivery.objects.create(
        channel=mail, kind="test", key="test-1", created_at=utc_now(), due_at=utc_now(),
        facts={"situation": "test", "channel": mail.name, "team": world.team.name, "timezone": "UTC"},
    )  # fmt: skip
    assert deliver_due(now_source=utc_now) == 1
    return saved_mails(settings.EMAIL_OUTBOX)[0].name


@pytest.mark.django_db(transaction=True)
def test_the_outbox_shows_a_mail_to_its_team_alone(viewer: Client, stranger: Client, kept_mail: str) -> None:
    assert kept_mail in viewer.get("/outbox/").content.decode()
    page = viewer.get(f"/outbox/{kept_mail}/").content.decode()
    assert 'sandbox=""' in page
    assert "ops@example.com" in page
    assert kept_mail not in stranger.get("/outbox/").content.decode()
    assert stranger.get(f"/outbox/{kept_mail}/").status_code == 404


@pytest.mark.parametrize("name", ["none.eml", "..%2Fkeys%2Fsecret_key", "20261121T030000000000-00000000.eml"])
def test_the_outbox_holds_mails_and_nothing_else(viewer: Client, world: World, name: str) -> None:
    assert viewer.get(f"/outbox/{name}/").status_code == 404


def test_a_folder_gets_a_sentence_in_place_of_a_script(manager: Client, world: World) -> None:
    answer = manager.post(f"{SCRIPT}?engine=lake", {"settings-path": "/data/lake"}).content.decode()
    assert "needs no login and no policy" in answer
    assert "<pre" not in answer
