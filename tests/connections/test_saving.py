"""Saving, opening and testing connections through the door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection as database
from pytest_django import Settings

from apps.common.errors import InvalidInput
from apps.connections import services
from apps.connections.engines.contract import TableInfo, WriteAccess
from apps.connections.engines.duckdb import DuckDB, DuckDBSettings
from apps.connections.models import Connection
from apps.connections.names import TableName
from apps.connections.testing import report_of
from apps.teams.models import Team
from tests.connections.stores import PostgresStore, Store

APP = {"host": "db", "database": "app", "user": "reader", "password": "gehe1m"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="data-ops")


def _save(team: Team, settings: Mapping[str, Any] = APP, **changes: Any) -> Connection:
    return services.save_connection(
        **{"team": team, "name": "app", "engine": "postgres", "settings": settings, **changes}
    )


def test_a_new_connection_has_a_state_and_keeps_defaults_out_of_its_settings(team: Team) -> None:
    saved = _save(team, {**APP, "port": 5432})
    assert saved.settings == {"host": "db", "database": "app", "user": "reader"}
    assert saved.state.failures == 0


def test_a_secret_is_nowhere_in_the_database_in_clear(team: Team) -> None:
    saved = _save(team)
    with database.cursor() as cursor:
        rows: list[Any] = []
        for model in (Connection, Connection.history.model):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            rows += cursor.fetchall()
    assert "gehe1m" not in f"{rows} {saved!r} {vars(saved)}"
    assert saved.secrets.open() == {"password": "gehe1m"}


@pytest.mark.parametrize("password", [{}, {"password": ""}])
def test_a_secret_that_is_left_empty_stays(team: Team, password: dict[str, str]) -> None:
    saved = _save(team, secret_names={"password": "APP_DB_PASSWORD"})
    settings = {"host": "db", "database": "other", "user": "reader", **password}
    changed = _save(team, settings, instance=saved)
    assert changed.secrets.open() == {"password": "gehe1m"}
    assert changed.secret_names == {"password": "APP_DB_PASSWORD"}


def test_a_secret_entered_anew_no_longer_comes_from_its_placeholder(team: Team) -> None:
    saved = _save(team, secret_names={"password": "APP_DB_PASSWORD"})
    changed = _save(team, {**APP, "password": "new"}, instance=saved)
    assert (changed.secrets.open(), changed.secret_names) == ({"password": "new"}, {})


def test_without_keeping_an_empty_secret_is_removed(team: Team) -> None:
    saved = _save(team)
    changed = _save(team, {**APP, "password": ""}, instance=saved, keep_secrets=False)
    assert changed.secrets.open() == {}


def test_another_engine_does_not_inherit_secrets(team: Team) -> None:
    saved = _save(team)
    changed = _save(team, {"path": "/srv/shop.duckdb"}, engine="duckdb", instance=saved)
    assert (changed.settings, changed.secrets.open()) == ({"path": "/srv/shop.duckdb"}, {})


def test_saving_the_same_again_writes_nothing(team: Team) -> None:
    saved = _save(team)
    again = _save(team, instance=Connection.objects.get(pk=saved.pk))
    assert again == saved
    assert saved.history.count() == 1


def test_a_change_makes_one_history_row(team: Team) -> None:
    saved = _save(team)
    _save(team, instance=saved, timezone="Europe/Berlin")
    assert [row.timezone for row in saved.history.all()] == ["Europe/Berlin", "UTC"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"timezone": "Berlin"}, "timezone"),
        ({"settings": {"host": "db"}}, "database"),
        ({"settings": {**APP, "hots": "db"}}, "hots"),
    ],
)
def test_what_cannot_be_saved_names_its_field(team: Team, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _save(team, **changes)
    assert caught.value.field == field
    assert not Connection.objects.exists()


def test_an_unknown_engine_names_the_nearest(team: Team) -> None:
    with pytest.raises(InvalidInput, match="Did you mean postgres"):
        _save(team, engine="postgre")


def test_a_name_is_taken_once_per_team(team: Team) -> None:
    _save(team)
    with pytest.raises(InvalidInput, match="already"):
        _save(team)
    assert _save(Team.objects.create(name="other")).name == "app"


def test_with_a_lost_key_secrets_are_asked_for_and_can_be_entered_again(team: Team, settings: Settings) -> None:
    saved = _save(team)
    settings.MIDWATCH_ENCRYPTION_KEYS = (Fernet.generate_key().decode(),)
    assert "cannot be opened" in services.test_connection(connection=saved).message
    with pytest.raises(InvalidInput, match="enter the secrets again"):
        _save(team, {**APP, "password": ""}, instance=saved)
    assert _save(team, instance=saved).secrets.open() == {"password": "gehe1m"}


def test_a_stored_connection_is_tested_and_its_tables_listed(team: Team, viewing: Store) -> None:
    viewing.execute(
        "CREATE TABLE orders (id integer)", "CREATE VIEW v AS SELECT 1 AS n", "CREATE VIEW w AS SELECT 1 AS n"
    )
    saved = _save(team, viewing.settings(), engine=viewing.key)
    report = services.test_connection(connection=saved)
    assert (report.ok, report.message, report.tables, report.views) == (True, "Connected: 1 table, 2 views.", 1, 2)
    assert [info.kind for info in services.list_tables(connection=saved)] == ["table", "view", "view"]


def test_a_login_that_can_write_is_warned_of_with_a_script(postgres_store: PostgresStore) -> None:
    postgres_store.execute("CREATE SCHEMA sales", "CREATE TABLE sales.orders (id integer)")
    report = services.test_settings(engine="postgres", settings=postgres_store.settings(), instance=None)
    assert "superuser" in report.warning
    assert 'ON SCHEMA "sales"' in report.script
    assert postgres_store.server.password not in f"{report}"


def test_trouble_is_reported_and_not_raised(store: Store) -> None:
    report = services.test_settings(engine=store.key, settings=store.wrong_settings, instance=None)
    assert not report.ok
    assert "nowhere" in report.message


def test_settings_that_are_not_valid_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="'path' is missing"):
        services.test_settings(engine="duckdb", settings=json.loads("{}"), instance=None)


@pytest.mark.parametrize(
    ("tables", "views", "message"),
    [
        (28, 3, "Connected: 28 tables, 3 views."),
        (1, 1, "Connected: 1 table, 1 view."),
        (0, 0, "Connected: 0 tables, 0 views."),
        (1234, 0, "Connected: 1,234 tables, 0 views."),
    ],
)
def test_the_report_counts_tables_and_views_apart(tables: int, views: int, message: str) -> None:
    found = [TableInfo(TableName("s", f"t{n}"), "table") for n in range(tables)]
    found += [TableInfo(TableName("s", f"v{n}"), "view") for n in range(views)]
    report = report_of(DuckDB(DuckDBSettings(path="shop.duckdb")), found, WriteAccess())
    assert (report.message, report.warning, report.script) == (message, "", "")


def test_the_warning_names_what_could_be_written() -> None:
    access = WriteAccess(tables=("public.orders", "public.customers"))
    report = report_of(DuckDB(DuckDBSettings(path="shop.duckdb")), [], access)
    assert "may write, for example to public.orders, public.customers." in report.warning


def test_a_stored_password_is_not_sent_to_another_host(team: Team) -> None:
    settings = {"host": "db.example.com", "database": "app", "user": "reader"}
    connection = services.save_connection(
        team=team, name="app", engine="postgres", settings={**settings, "password": "x" * 12}
    )
    with pytest.raises(InvalidInput, match="enter the password again") as refused:
        services.save_connection(
            team=team, name="app", engine="postgres", settings={**settings, "host": "evil.example.com"},
            instance=connection,
        )  # fmt: skip
    assert refused.value.field == "password"


def test_nor_is_it_sent_there_by_a_test_of_the_form(team: Team) -> None:
    saved = _save(team)
    settings = {"host": "evil.example.com", "database": "app", "user": "reader"}
    with pytest.raises(InvalidInput, match="enter the password again"):
        services.test_settings(engine="postgres", settings=settings, instance=saved)
