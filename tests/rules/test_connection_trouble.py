"""A data store that does not let Midwatch in: one incident of the connection, which ends by itself, and no other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings as DjangoSettings

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import close_as, deliver_due
from apps.connections import services as connections
from apps.connections.models import Connection, ConnectionState
from apps.connections.services import save_connection
from apps.rules.models import Check, Rule
from apps.rules.services import RuleDraft, request_check, save_rule
from apps.teams.models import Team, User
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop
from tests.servers.bigquery import BigQueryServer
from tests.servers.bigquery_errors import Refused
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer

Verdicts = Callable[[], dict[str, str]]
DATABASE = "trouble"


@dataclass(frozen=True)
class Vault:
    """A store with a table of one row and a login, whose secret somebody changes without telling Midwatch."""

    engine: str
    table: str
    settings: dict[str, Any]
    change_secret: Callable[[], dict[str, Any]]  # returns the settings that are right from then on
    sentence: str  # what Midwatch then says


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Vault]:
    server, login = postgres_server, f"watch_{uuid.uuid4().hex[:8]}"
    server.create_database(DATABASE)
    server.create_login(login, "first")
    server.execute("CREATE TABLE t AS SELECT 1 AS n", f"GRANT SELECT ON t TO {login}", database=DATABASE)
    settings = server.settings(DATABASE, user=login, password="first")

    def change() -> dict[str, Any]:
        server.execute(f"ALTER USER {login} PASSWORD 'second'")
        return {**settings, "password": "second"}

    place = f"The server at {server.host}:{server.port}"
    words = f"{place} does not accept this password for user {login}. Check the user name and the password."
    yield Vault("postgres", "public.t", settings, change, words)
    server.drop_database(DATABASE)
    server.execute(f"DROP ROLE {login}")


@pytest.fixture
def mysql(mariadb_server: MariaDBServer) -> Iterator[Vault]:
    server, login = mariadb_server, f"watch_{uuid.uuid4().hex[:8]}"
    server.create_database(DATABASE)
    server.execute(
        f"CREATE USER {login} IDENTIFIED BY 'first'",
        "CREATE TABLE t AS SELECT 1 AS n",
        f"GRANT SELECT ON t TO {login}",
        database=DATABASE,
    )
    settings = server.settings(DATABASE, user=login, password="first")

    def change() -> dict[str, Any]:
        server.execute(f"ALTER USER {login} IDENTIFIED BY 'second'")
        return {**settings, "password": "second"}

    place = f"The server at {server.host}:{server.port}"
    words = f"{place} does not accept this password for user {login}. Check the user name and the password."
    yield Vault("mysql", f"{DATABASE}.t", settings, change, words)
    server.execute(f"DROP USER {login}")
    server.drop_databases()


@pytest.fixture
def bigquery(bigquery_server: BigQueryServer, clock: Clock) -> Vault:
    server, account = bigquery_server, bigquery_server.account
    server.warehouse.clock = clock
    server.warehouse.add_dataset("shop")
    server.warehouse.execute("CREATE TABLE t AS SELECT 1 AS n", dataset="shop")
    # A name of its own: tokens are kept by key, beyond the end of a test.
    account.key_id = uuid.uuid4().hex
    settings = {"project": server.warehouse.project, "service_account_json": account.key_file()}

    def change() -> dict[str, Any]:
        account.key_id = uuid.uuid4().hex
        account.tokens.clear()  # they end within an hour
        return {**settings, "service_account_json": account.key_file()}

    words = (
        f"Google does not know the key of {account.email}: it was deleted, switched off, or has expired. "
        "Make a new key and paste it."
    )
    return Vault("bigquery", "shop.t", settings, change, words)


@pytest.fixture(params=["bigquery", "mysql", "postgres"])
def vault(request: pytest.FixtureRequest) -> Vault:
    found: Vault = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def mails(mailoutbox: list[EmailMessage], settings: DjangoSettings, clock: Clock) -> Callable[[], list[EmailMessage]]:
    """Sends what waits, and gives the mails that went out."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def send() -> list[EmailMessage]:
        mailoutbox.clear()
        deliver_due(now_source=clock)
        return list(mailoutbox)

    return send


def watch(team: Team, connection: Connection, channel: Channel, table: str, clock: Clock) -> None:
    """A rule that holds, and one that the table breaks."""
    for name, least in (("Some rows", 1), ("Many rows", 100)):
        limits = {"drop": None, "spike": None, "at_least": least}
        draft = RuleDraft(
            name=name, connection=connection, kind="volume", table=table, settings=limits, severity="high",
            channels=(channel,),
        )  # fmt: skip
        save_rule(team=team, draft=draft, now=clock())


def test_a_changed_password_opens_one_incident_that_ends_by_itself_once_the_new_one_is_saved(
    team: Team,
    vault: Vault,
    channel: Channel,
    clock: Clock,
    verdicts: Verdicts,
    mails: Callable[[], list[EmailMessage]],
) -> None:
    connection = save_connection(team=team, name="dwh", engine=vault.engine, settings=vault.settings)
    watch(team, connection, channel, vault.table, clock)
    verdicts()
    assert [mail.subject for mail in mails()] == [f"[High] Many rows: {vault.table} holds 1 row, too few"]
    data = Incident.objects.get()

    right = vault.change_secret()
    for _ in range(3):
        clock.forward(minutes=1)
        assert verdicts() == {vault.table: "unknown"}
    incident = Incident.objects.exclude(pk=data.pk).get()
    assert (incident.key, incident.title) == (f"connection/{connection.pk}", "dwh cannot be checked")
    (told,) = mails()
    assert told.subject == "[High] The connection dwh cannot be used"
    assert f"The connection dwh cannot be used. {vault.sentence} 2 rules cannot be checked until then." in " ".join(
        told.body.split()
    )

    save_connection(team=team, name="dwh", engine=vault.engine, settings=right, instance=connection)
    clock.forward(minutes=1)
    verdicts()
    assert {check.verdict for check in Check.objects.filter(at=clock())} == {"ok", "breached"}
    (told,) = mails()
    assert told.subject == "[Resolved] The connection dwh can be used again after 3 min"
    assert set(Incident.objects.values_list("key", "status", "reopened")) == {
        (data.key, "open", 0), (incident.key, "resolved", 0),
    }  # fmt: skip
    assert Delivery.objects.count() == 3


def test_a_refused_login_is_tried_less_and_less_often_so_that_no_account_is_locked(
    team: Team, postgres: Vault, postgres_server: PostgresServer, channel: Channel, clock: Clock, verdicts: Verdicts
) -> None:
    connection = save_connection(team=team, name="dwh", engine="postgres", settings=postgres.settings)
    watch(team, connection, channel, postgres.table, clock)
    postgres.change_secret()
    tried: list[int] = []
    for minute in range(40):
        assert verdicts() == {postgres.table: "unknown"}
        state = ConnectionState.objects.get()
        tried += [minute] if state.refusals > len(tried) else []
        clock.forward(minutes=1)
    assert tried == [0, 1, 3, 8, 18, 33]
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("asked", ["by saving", "by a test", "by checking now"])
def test_a_person_makes_it_try_a_refused_login_at_once(
    team: Team, postgres: Vault, postgres_server: PostgresServer, channel: Channel, clock: Clock, verdicts: Verdicts,
    asked: str,
) -> None:  # fmt: skip
    connection = save_connection(team=team, name="dwh", engine="postgres", settings=postgres.settings)
    watch(team, connection, channel, postgres.table, clock)
    right = postgres.change_secret()
    for _ in range(12):
        verdicts()
        clock.forward(minutes=1)
    if asked == "by saving":
        save_connection(team=team, name="dwh", engine="postgres", settings=right, instance=connection)
    else:
        login = postgres.settings["user"]
        postgres_server.execute(f"ALTER USER {login} PASSWORD 'first'")  # mended on the server
        if asked == "by a test":
            assert connections.test_connection(connection=connection).ok
        else:
            request_check(rule=Rule.objects.first() or Rule(), now=clock())
    verdicts()
    assert {check.verdict for check in Check.objects.filter(at=clock())} == {"ok", "breached"}


def test_a_store_that_is_away_for_one_pass_only_is_no_news(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT)
    make_rule(every="1h", column="updated_at")
    with duckdb.connect(str(shop.path)):  # a writer
        assert set(verdicts().values()) == {"unknown"}
    clock.forward(minutes=1)
    assert set(verdicts().values()) == {"ok"}
    assert (Incident.objects.count(), Delivery.objects.count()) == (0, 0)
    assert ConnectionState.objects.get().failures == 0


def test_a_server_error_of_one_pass_only_is_no_news_and_leaves_the_data_incident_alone(
    team: Team, bigquery: Vault, bigquery_server: BigQueryServer, channel: Channel, clock: Clock, verdicts: Verdicts
) -> None:
    connection = save_connection(team=team, name="dwh", engine="bigquery", settings=bigquery.settings)
    watch(team, connection, channel, bigquery.table, clock)
    verdicts()
    before = list(Incident.objects.values("pk", "status", "last_seen_at"))
    bigquery_server.faults["/datasets"] = [Refused("backendError", "Try again.")] * 99
    clock.forward(minutes=1)
    assert verdicts() == {bigquery.table: "unknown"}
    assert list(Incident.objects.values("pk", "status", "last_seen_at")) == before
    bigquery_server.faults.clear()
    clock.forward(minutes=1)
    verdicts()
    assert Delivery.objects.count() == len(before) == 1


@pytest.mark.parametrize("closed", ["before the outage", "during the outage"])
def test_what_a_person_accepted_stays_accepted_over_an_outage(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock, closed: str
) -> None:
    anna = User.objects.create_user("anna@example.com")
    make_rule("schema")
    verdicts()
    shop.write("ALTER TABLE orders DROP COLUMN created_at")
    clock.forward(minutes=5)
    assert set(verdicts().values()) == {"breached"}
    if closed == "before the outage":
        close_as(incident=Incident.objects.get(), user=anna, now=clock())
    clock.forward(minutes=5)
    with duckdb.connect(str(shop.path)):  # a writer
        assert set(verdicts().values()) == {"unknown"}
    if closed == "during the outage":
        close_as(incident=Incident.objects.get(), user=anna, now=clock())
    clock.forward(minutes=1)
    assert set(verdicts().values()) == {"ok"}
    assert Incident.objects.get().status == "resolved"


def test_a_breach_that_nobody_accepted_is_one_still_after_an_outage(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule("schema")
    verdicts()
    shop.write("ALTER TABLE orders DROP COLUMN created_at")
    clock.forward(minutes=5)
    verdicts()
    with duckdb.connect(str(shop.path)):  # a writer
        verdicts()
    clock.forward(minutes=1)
    assert set(verdicts().values()) == {"breached"}
    assert Incident.objects.get().status == "open"
