"""A BigQuery project with a table of orders, and rules that cost something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from apps.alerts.models import Channel
from apps.connections.models import Connection, Usage
from apps.connections.services import save_connection
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock
from tests.servers.bigquery import BigQueryServer
from tests.servers.bigquery_jobs import Job

MB = 2**20
DAILY = 50_000_000_000


@dataclass(frozen=True)
class Dwh:
    """The project as its owner sees it: what is written, and which jobs came."""

    server: BigQueryServer

    def write(self, *statements: str) -> None:
        for statement in statements:
            self.server.warehouse.execute(statement, dataset="shop")

    def size(self, table: str, megabytes: int) -> None:
        """Let a value of a table weigh so much: with one row, a column does."""
        self.server.warehouse.tables["shop", table].bytes_a_value = megabytes * MB

    @property
    def scans(self) -> list[Job]:
        """The jobs that read data since the last `forget`."""
        return [job for job in self.server.jobs.values() if "rule" in job.request["labels"]]

    def forget(self) -> None:
        self.server.jobs.clear()
        self.server.requests.clear()

    @property
    def dry_runs(self) -> int:
        return sum(request.path == "/jobs" for request in self.server.requests)


@pytest.fixture
def dwh(bigquery_server: BigQueryServer, clock: Clock) -> Dwh:
    """Table orders has one row, of an hour ago."""
    bigquery_server.warehouse.clock = clock
    bigquery_server.warehouse.add_dataset("shop")
    dwh = Dwh(bigquery_server)
    dwh.write(
        "CREATE TABLE orders (id INT64, at TIMESTAMP, seen TIMESTAMP)",
        "INSERT INTO orders VALUES (1, '2026-11-21 02:00:00+00', '2026-11-21 02:00:00+00')",
    )
    return dwh


Connect = Callable[..., Connection]


@pytest.fixture
def connect(team: Team, dwh: Dwh) -> Connect:
    """Save the connection dwh; keyword arguments are settings."""

    def connect(**settings: Any) -> Connection:
        warehouse = dwh.server.warehouse
        every = {"project": warehouse.project, "service_account_json": dwh.server.account.key_file(), **settings}
        instance = Connection.objects.filter(team=team, name="dwh").first()
        return save_connection(team=team, name="dwh", engine="bigquery", settings=every, instance=instance)

    return connect


@pytest.fixture
def connection(connect: Connect) -> Connection:
    return connect()


MakeRule = Callable[..., Rule]


@pytest.fixture
def make_rule(team: Team, connection: Connection, channel: Channel, clock: Clock) -> MakeRule:
    """Save a rule on shop.orders; keyword arguments are the kind's settings. By default it reads column `at`."""

    def make(
        kind: str = "freshness", *, name: str = "Orders", table: str = "shop.orders", include: tuple[str, ...] = (),
        max_bytes: int | None = None, **settings: Any,
    ) -> Rule:  # fmt: skip
        draft = RuleDraft(
            name=name, connection=connection, kind=kind, table="" if include else table, include=include,
            settings=settings or {"every": "1d", "column": "at"}, severity="high", channels=(channel,),
            max_bytes=max_bytes,
        )  # fmt: skip
        rule = save_rule(team=connection.team, draft=draft, now=clock()).rule
        Usage.objects.filter(rule_key=0).delete()  # what saving it was billed: tests look at the checks
        return rule

    return make


def hours_ago(hours: float) -> str:
    """A time before the night, as a constant of BigQuery."""
    return f"TIMESTAMP '{NIGHT - timedelta(hours=hours):%Y-%m-%d %H:%M:%S}+00'"
