"""The list under the patterns of the rule form, and limits of its own for one of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from apps.connections.services import refresh_catalogue
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
ADDRESS = "/rules/rule/matches/?kind=freshness"


@pytest.fixture
def parts(world: World, store: Path) -> Rule:
    """A rule with patterns over three tables and a view, one of which has a nasty name."""
    with duckdb.connect(str(store)) as session:
        for name in ("part_1", "part_2", f"part {NASTY}"):
            session.execute(f'CREATE TABLE "{name}" (id INTEGER)')
        session.execute("CREATE VIEW part_view AS FROM orders")
    refresh_catalogue(connection=world.connection, now=NOW)
    draft = RuleDraft("Parts", world.connection, "freshness", include=("main.part*",), settings={"every": "1h"})
    return save_rule(team=world.team, draft=draft, now=NOW).rule


def listed(client: Client, world: World, address: str = ADDRESS, **entered: Any) -> str:
    posted = {"connection": world.connection.pk, "include": "main.part*", "settings-every": "1h", **entered}
    return client.post(address, posted).content.decode()


def test_what_matches_is_counted_and_what_will_not_work_is_told(manager: Client, world: World, parts: Rule) -> None:
    page = listed(manager, world)
    assert "<strong>4 of 5 tables</strong> match." in page
    assert "1 cannot be checked:" in page
    assert "main.part_view is a view: only a column can tell" in page
    assert NASTY not in page


def test_a_table_with_a_rule_of_its_own_can_be_left_out(manager: Client, world: World, parts: Rule) -> None:
    page = listed(manager, world, include="main.*")
    assert "1 has a rule of this kind already" in page
    assert 'data-add-lines="id_exclude" data-lines="main.orders"' in page
    left = listed(manager, world, include="main.*", exclude="main.orders\r\nmain.part_view")
    assert "<strong>3 of 5 tables</strong> match, 2 more are left out." in left
    assert "data-add-lines" not in left


def test_while_nothing_is_entered_nothing_is_listed(manager: Client, world: World, parts: Rule) -> None:
    assert listed(manager, world, include="") == ""
    assert listed(manager, world, connection="") == ""
    assert "Tables that appear later are covered." in listed(manager, world, include="other.*")
    assert "told once the settings are complete" in listed(manager, world, **{"settings-every": ""})


@pytest.mark.parametrize(("client_name", "status"), [("viewer", 403), ("operator", 403), ("stranger", 404)])
def test_only_who_may_configure_gets_the_list(
    request: pytest.FixtureRequest, world: World, parts: Rule, client_name: str, status: int
) -> None:
    client: Client = request.getfixturevalue(client_name)
    answer = client.post(ADDRESS, {"connection": world.connection.pk, "include": "main.*"})
    assert answer.status_code == status
    beside = f"/rules/rule/add/?kind=freshness&instead_of={parts.pk}"
    assert client.get(beside).status_code == (404 if client_name == "stranger" else 403)


def test_one_of_the_tables_gets_limits_of_its_own(manager: Client, world: World, parts: Rule) -> None:
    page = manager.get(f"/rules/rule/{parts.pk}/").content.decode()
    address = (
        f"/rules/rule/add/?kind=freshness&connection={world.connection.pk}&table=main.part_1&instead_of={parts.pk}"
    )
    assert address.replace("&", "&amp;") in page
    form = manager.get(address).content.decode()
    assert "saving it leaves the table out of" in form
    entered = {
        "name": "Part 1", "connection": world.connection.pk, "table": "main.part_1", "severity": "high",
        "timezone": "UTC", "settings-every": "1w", "settings-days": "daily", "settings-tolerance": "1d",
    }  # fmt: skip
    assert manager.post(address, entered).status_code == 302
    parts.refresh_from_db()
    assert (parts.exclude, Rule.objects.get(name="Part 1").settings["every"]) == (["main.part_1"], "1w")


def test_a_viewer_is_not_offered_limits_of_their_own(viewer: Client, parts: Rule) -> None:
    assert "instead_of" not in viewer.get(f"/rules/rule/{parts.pk}/").content.decode()
