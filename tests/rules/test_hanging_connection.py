"""A data store that hangs costs one worker its time, and nobody else anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections

from apps.alerts.models import Incident
from apps.connections.engines.bigquery import BigQuery
from apps.connections.engines.mysql import MySQL
from apps.connections.engines.postgres import Postgres
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.due import claim_due
from apps.rules.runner import run_batch
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.rules.verdicts import Outcome
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop
from tests.servers.bigquery_account import Account
from tests.servers.silent import SilentServer

LOGIN = {"host": "127.0.0.1", "user": "watch", "password": "x", "database": "shop"}


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    """A server that takes connections and never says a word."""
    with SilentServer() as server:
        yield server


def watch(team: Team, engine: str, server: SilentServer, clock: Clock) -> Connection:
    """A connection to the silent server, with two rules on it."""
    account = {"project": "shop-prod-1234", "service_account_json": Account("shop-prod-1234").key_file()}
    settings = account if engine == "bigquery" else LOGIN | {"port": server.port}
    connection = save_connection(team=team, name="stuck", engine=engine, settings=settings)
    for kind, wanted in (("freshness", {"every": "1h", "column": "at"}), ("schema", {})):
        draft = RuleDraft(name=kind, connection=connection, kind=kind, table="shop.orders", settings=wanted)
        save_rule(team=team, draft=draft, now=clock(), verify=False)
    return connection


@pytest.mark.parametrize("engine", ["bigquery", "mysql", "postgres"])
def test_a_pass_over_a_server_that_hangs_ends_in_unknown_and_the_second_one_in_one_incident(
    team: Team, silent: SilentServer, clock: Clock, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setattr(BigQuery, "endpoint", f"http://127.0.0.1:{silent.port}")
    monkeypatch.setattr(BigQuery, "token_uri", f"http://127.0.0.1:{silent.port}/token")
    monkeypatch.setattr(BigQuery, "patience", timedelta(milliseconds=200))
    monkeypatch.setattr(BigQuery, "answer_within", timedelta(milliseconds=200))
    for driver in (MySQL, Postgres):
        monkeypatch.setattr(driver, "patience", timedelta(milliseconds=200))
    connection = watch(team, engine, silent, clock)
    for _ in range(2):
        assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"unknown"}
        clock.forward(minutes=1)
    assert Incident.objects.get().key == f"connection/{connection.pk}"


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_waits_for_a_server_that_hangs_others_check_the_other_connections(
    team: Team, shop: Shop, make_rule: RuleMaker, clock: Clock
) -> None:
    shop.order(NIGHT)
    stuck: list[Outcome] = []
    with SilentServer() as silent:
        watch(team, "postgres", silent, clock)
        (batch,) = claim_due(clock())

        def work() -> None:
            stuck.extend(run_batch(connection_id=batch.connection_id, token=batch.token, clock=clock))
            connections.close_all()

        worker = threading.Thread(target=work)
        worker.start()
        silent.reached.wait()
        make_rule(every="1h", column="updated_at")
        clock.forward(seconds=30)
        (other,) = claim_due(clock())
        (outcome,) = run_batch(connection_id=other.connection_id, token=other.token, clock=clock)
        assert outcome.judgement.verdict == "ok"
        assert worker.is_alive()
    worker.join()
    assert [each.judgement.verdict for each in stuck] == ["unknown", "unknown"]
