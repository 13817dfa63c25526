"""The pages about costs, the question what a rule will cost, and the budget in the form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.connections.models import Connection, Usage
from apps.connections.services import save_connection
from apps.rules.models import Rule
from tests.pages.conftest import World
from tests.servers.bigquery_account import Account

pytestmark = pytest.mark.django_db
GB = 10**9


@pytest.fixture
def dwh(world: World) -> Connection:
    """A BigQuery connection of the team, that nobody asks."""
    key = Account("shop-prod-1234").key_file()
    settings = {"project": "shop-prod-1234", "service_account_json": key, "max_bytes_per_day": 40 * GB}
    return save_connection(team=world.team, name="dwh", engine="bigquery", settings=settings)


def use(connection: Connection, billed: int, *, days_ago: int = 0, rule: Rule | None = None, name: str = "") -> None:
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    key = rule.pk if rule else 999 if name else 0
    Usage.objects.create(
        connection=connection, day=day, rule_key=key, rule_name=rule.name if rule else name, statements=7,
        bytes_billed=billed,
    )  # fmt: skip


def test_without_costs_the_page_says_so(viewer: Client, world: World) -> None:
    page = viewer.get("/costs/").content.decode()
    assert "Nothing that Midwatch read in the last 30 days was billed by the byte." in page
    assert "Reading it costs nothing per byte." in page


def test_today_and_the_last_thirty_days_stand_beside_the_budget(viewer: Client, dwh: Connection) -> None:
    use(dwh, 10 * GB)
    use(dwh, 90 * GB, days_ago=29)
    use(dwh, 500 * GB, days_ago=30)
    page = viewer.get("/costs/").content.decode()
    for words in ("10 GB of 40 GB a day", 'value="25" max="100"', "0.06 US dollars", "100 GB", "0.57 US dollars"):
        assert words in page
    assert "Nothing that Midwatch read" not in page


def test_a_little_of_the_budget_is_not_nothing_and_too_much_not_more_than_all(viewer: Client, dwh: Connection) -> None:
    use(dwh, 1)
    assert 'value="1" max="100"' in viewer.get("/costs/").content.decode()
    Usage.objects.update(bytes_billed=80 * GB)
    assert 'value="100" max="100"' in viewer.get("/costs/").content.decode()


def test_a_connection_is_shown_by_day_and_by_rule(viewer: Client, dwh: Connection, world: World) -> None:
    use(dwh, 3 * GB, rule=world.rule)
    use(dwh, 1 * GB, days_ago=1, name="A rule that is gone")
    use(dwh, 0)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    whole = viewer.get(f"/costs/{dwh.pk}/").content.decode()
    for words in ("A rule that is gone", "Looks at all tables, and their columns", "3 GB", f"?day={yesterday}"):
        assert words in whole
    one_day = viewer.get(f"/costs/{dwh.pk}/?day={yesterday}").content.decode()
    rules = one_day.partition('id="rules"')[2].partition('id="days"')[0]
    assert "A rule that is gone" in rules
    assert "Looks at all tables" not in rules


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "", "1999-01-01"])
def test_a_day_that_makes_no_sense_is_no_error(viewer: Client, dwh: Connection, day: str) -> None:
    assert viewer.get(f"/costs/{dwh.pk}/", {"day": day}).status_code == 200


def test_the_page_takes_the_same_queries_for_many_connections(
    viewer: Client, dwh: Connection, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        store = save_connection(team=world.team, name=f"s{number}", engine="duckdb", settings={"path": f"/{number}"})
        use(store, 0)
    with django_assert_max_num_queries(9):
        viewer.get("/costs/")


def test_a_stranger_sees_nothing_of_it(stranger: Client, dwh: Connection) -> None:
    use(dwh, GB)
    assert "dwh" not in stranger.get("/costs/").content.decode()
    assert stranger.get(f"/costs/{dwh.pk}/").status_code == 404


def entered(world: World, **changes: Any) -> dict[str, Any]:
    frame = {"name": "A new rule", "connection": world.connection.pk, "table": "main.orders", "severity": "high",
             "timezone": "UTC"}  # fmt: skip
    settings = {"settings-every": "1h", "settings-tolerance": "10m", "settings-days": "daily",
                "settings-column": "updated_at"}  # fmt: skip
    return {**frame, **settings, **changes}


def test_the_form_tells_what_a_rule_costs_when_it_is_asked(manager: Client, world: World) -> None:
    form = manager.get("/rules/rule/add/?kind=freshness").content.decode()
    assert 'hx-post="/rules/rule/cost/?kind=freshness"' in form
    told = manager.post("/rules/rule/cost/?kind=freshness", entered(world)).content.decode()
    assert "cost nothing per byte" in told
    assert "at most 1 statement" in told
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"table": "main.ordres"}, "Did you mean main.orders?"), ({"table": ""}, "Name a table"),
     ({"max_bytes": "1 gig"}, "Most bytes per check: &#x27;1 gig&#x27; is no size; write a number and a unit")],
)  # fmt: skip
def test_instead_of_a_cost_it_says_what_is_wrong(
    manager: Client, world: World, changes: dict[str, str], words: str
) -> None:
    assert words in manager.post("/rules/rule/cost/?kind=freshness", entered(world, **changes)).content.decode()


def test_only_who_may_configure_a_connection_may_ask(viewer: Client, stranger: Client, world: World) -> None:
    for client in (viewer, stranger):
        told = client.post("/rules/rule/cost/?kind=freshness", entered(world)).content.decode()
        assert "Select a valid choice" in told
        assert client.get("/rules/rule/cost/?kind=freshness").status_code == 405
    assert stranger.post("/rules/rule/cost/?kind=nothing", {}).status_code == 404


@pytest.mark.parametrize(("written", "words"), [("0", "Write 1 byte or more."), ("2 PB", "Write 1 PB or less.")])
def test_a_budget_has_its_bounds(manager: Client, world: World, written: str, words: str) -> None:
    assert words in manager.post("/rules/rule/add/?kind=freshness", entered(world, max_bytes=written)).content.decode()
    assert Rule.objects.count() == 1


@pytest.mark.parametrize("written", ["1 GB", "1000000000", "1000 mb"])
def test_a_budget_is_saved_shown_in_words_and_taken_away(manager: Client, world: World, written: str) -> None:
    manager.post("/rules/rule/add/?kind=freshness", entered(world, max_bytes=written))
    rule = Rule.objects.get(name="A new rule")
    assert rule.max_bytes == GB
    assert 'value="1 GB"' in manager.get(f"/rules/rule/{rule.pk}/change/").content.decode()
    manager.post(f"/rules/rule/{rule.pk}/change/", entered(world, max_bytes=""))
    history = manager.get(f"/rules/rule/{rule.pk}/history/").content.decode()
    assert '<td class="mw-old" data-label="Before">1 GB</td>' in history
    rule.refresh_from_db()
    assert rule.max_bytes is None
