"""The figures for Prometheus: right, few statements, and not for everybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import beat
from apps.api.metrics import Gauge, _quantile, text_of
from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules.models import Rule, RuleState
from apps.teams.models import Team

pytestmark = pytest.mark.django_db
LINE = re.compile(r'^([a-z_]+)(?:\{([a-z]+)="([^"]*)"\})? (\S+)$')


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    """An installation of one machine for itself, asked by that machine."""
    settings.EMBEDDED, settings.MIDWATCH_BASE_URL = True, "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def client() -> Client:
    return Client(HTTP_HOST="127.0.0.1:8000")


def figures(client: Client, **extra: str) -> dict[tuple[str, str], float]:
    """The values by name and label, read as Prometheus reads them."""
    text = client.get("/metrics", **extra).content.decode()  # type: ignore[arg-type]
    found = (LINE.match(line) for line in text.splitlines() if not line.startswith("#"))
    return {(match[1], match[3] or ""): float(match[4]) for match in found if match}


@pytest.fixture
def channel(db: None) -> Channel:
    team = Team.objects.create(name="data-ops")
    return Channel.objects.create(team=team, name="mail", type="email", settings={"to": ["a@example.com"]})


def make_deliveries(channel: Channel, count: int) -> None:
    """Messages that took 1, 2, 3 … seconds, and one that has waited for a minute."""
    made = utc_now() - timedelta(minutes=10)
    Delivery.objects.bulk_create(
        Delivery(channel=channel, kind="test", key=f"sent-{number}", status="sent", created_at=made, due_at=made,
                 sent_at=made + timedelta(seconds=number))
        for number in range(1, count + 1)
    )  # fmt: skip
    waits = utc_now() - timedelta(minutes=1)
    Delivery.objects.create(channel=channel, kind="test", key="waits", created_at=waits, due_at=waits)


def make_rules(channel: Channel, count: int) -> None:
    store = Connection.objects.create(team=channel.team, name="store", engine="duckdb", settings={"path": "x"})
    rule = Rule.objects.create(team=channel.team, name="r", connection=store, kind="freshness", include=["main.*"])
    now = utc_now()
    RuleState.objects.bulk_create(
        RuleState(rule=rule, connection=store, schema="main", table=f"t{number}", check_every=60, verdict="ok",
                  last_check_at=now, next_check_at=now - timedelta(seconds=90))
        for number in range(count)
    )  # fmt: skip


def make_incidents(channel: Channel) -> None:
    now = utc_now()
    common = {"team": channel.team, "title": "t", "opened_at": now, "last_seen_at": now, "next_action_at": now}
    lead = Incident.objects.create(key="rule/1", severity="high", **common)
    Incident.objects.create(key="rule/2", severity="high", merged_into=lead, **common)
    Incident.objects.create(key="midwatch/canary", severity="critical", **common)


def test_the_figures_are_those_of_the_database(client: Client, channel: Channel) -> None:
    make_deliveries(channel, 100)
    make_rules(channel, 3)
    make_incidents(channel)
    beat("worker", utc_now())
    found = figures(client)
    assert found["midwatch_rule_tables", "ok"] == 3
    assert found["midwatch_open_incidents", "high"] == 1
    assert found["midwatch_open_incidents", "critical"] == 0
    assert found["midwatch_deliveries", "sent"] == 100
    assert found["midwatch_delivery_seconds", "0.95"] == 95
    assert 60 <= found["midwatch_queue_age_seconds", ""] < 75
    assert 90 <= found["midwatch_check_lag_seconds", ""] < 105
    assert found["midwatch_heartbeat_age_seconds", "worker"] < 15


def test_a_new_installation_has_figures_too(client: Client, db: None) -> None:
    found = figures(client)
    assert found["midwatch_queue_age_seconds", ""] == 0
    assert ("midwatch_canary_age_seconds", "") not in found


def test_more_rows_cost_no_more_statements(client: Client, channel: Channel) -> None:
    counts = []
    for rows in (1, 200):
        Delivery.objects.all().delete()
        Connection.objects.all().delete()
        make_deliveries(channel, rows)
        make_rules(channel, rows)
        with CaptureQueriesContext(connection) as queries:
            client.get("/metrics")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_another_machine_is_refused_without_a_token(client: Client, settings: Settings) -> None:
    settings.MIDWATCH_METRICS_TOKEN = ""
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 401
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"])
def test_what_a_proxy_passes_on_is_from_elsewhere(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "10.0.0.7"}).status_code == 401


@pytest.mark.parametrize("host", ["midwatch.example.com", "10.0.0.7:8000", "127.0.0.1.example.com", "[::2]:80"])
def test_what_is_asked_by_another_name_comes_from_elsewhere(client: Client, host: str) -> None:
    assert client.get("/metrics", HTTP_HOST=host).status_code == 401


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "[::1]:8000", "127.0.0.1"])
def test_the_machine_may_ask_by_each_of_its_own_names(client: Client, host: str) -> None:
    assert client.get("/metrics", HTTP_HOST=host).status_code == 200


@pytest.mark.parametrize(
    "meant", [{"MIDWATCH_BASE_URL": "https://midwatch.example.com"}, {"EMBEDDED": False}], ids=["address", "production"]
)
def test_where_others_are_to_use_it_nobody_is_answered_without_a_token(
    client: Client, settings: Settings, meant: dict[str, object]
) -> None:
    """A proxy may say nothing of itself: then its requests look like those of this machine."""
    for name, value in meant.items():
        setattr(settings, name, value)
    assert client.get("/metrics").status_code == 401


def test_with_a_token_only_the_token_counts(client: Client, settings: Settings) -> None:
    settings.MIDWATCH_METRICS_TOKEN = "open sesame"
    right = {"Authorization": "Bearer open sesame"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="10.0.0.7").status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer open sesamo"}).status_code == 401
    assert client.get("/metrics").status_code == 401


def test_each_metric_is_explained_and_one_without_values_is_left_out() -> None:
    text = text_of([Gauge("a", "What a is.", [({}, 1.0), ({"b": "c"}, 0.25)]), Gauge("d", "Nothing.", [])])
    assert text.splitlines() == ["# HELP a What a is.", "# TYPE a gauge", "a 1", 'a{b="c"} 0.25']
    assert text.endswith("\n")


@pytest.mark.parametrize(("part", "value"), [(0.5, 2.0), (0.95, 4.0), (0.25, 1.0)])
def test_a_quantile_is_one_of_the_values(part: float, value: float) -> None:
    assert _quantile([1.0, 2.0, 3.0, 4.0], part) == value


def test_the_canary_is_in_no_figure_of_messages(client: Client, channel: Channel) -> None:
    Channel.every.filter(pk=channel.pk).update(type="canary")
    make_deliveries(channel, 1)
    found = figures(client)
    assert found["midwatch_deliveries", "sent"] == 0
    assert ("midwatch_delivery_seconds", "0.5") not in found
