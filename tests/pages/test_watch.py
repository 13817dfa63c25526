"""The parts of the overview: each by itself, and what happened since a person was last here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.alerts.models import Incident
from apps.connections.models import Connection
from apps.rules.models import Check, Rule, RuleState, Visit
from apps.rules.watch.cells import Mark, Span, cells_of, last_days
from apps.rules.watch.visits import FARTHEST, Since, since, since_words, visited
from apps.teams.models import Member, Role, Team, User
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def part(client: Client, key: str) -> str:
    return client.get(f"/watch/{key}/", headers=HTMX).content.decode()


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ann@example.com", name="Ann")


def test_a_part_that_fails_leaves_the_others_alone_and_is_logged(
    viewer: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    Rule.objects.update(kind="of a plugin that was removed")
    with caplog.at_level(logging.ERROR, logger="midwatch.watch"):
        page = viewer.get("/")
    body = page.content.decode()
    assert page.status_code == 200
    assert "This part cannot be shown just now." in body
    assert 'hx-get="/watch/rules/"' in body, "it can be tried again"
    assert "Broken now: 1 incident" in body
    assert "'rules'" in caplog.text


@pytest.mark.parametrize("key", ["now", "night", "rules", "days", "proof", "stores"])
def test_each_part_has_an_address_of_its_own_for_browsers_without_scripts(viewer: Client, key: str) -> None:
    page = viewer.get(f"/watch/{key}/")
    assert page.status_code == 200
    assert "<title>" in page.content.decode()
    assert "data-failed" not in page.content.decode()
    assert "<title>" not in part(viewer, key)


def test_a_part_shows_nothing_of_another_team(stranger: Client, world: World) -> None:
    Connection.objects.create(team=Team.objects.get(name="Others"), name="theirs", engine="duckdb", settings={})
    for key in ("now", "night", "days", "stores", "rules"):
        body = part(stranger, key)
        assert "orders" not in body, key
        assert "Watchers" not in body, key


def test_parts_appear_by_what_is_connected(sign_in: Callable[..., Client]) -> None:
    team = Team.objects.create(name="New")
    client = sign_in(Role.VIEWER, team)
    assert client.get("/watch/days/").status_code == 404
    Connection.objects.create(team=team, name="store", engine="duckdb", settings={})
    assert client.get("/watch/days/").status_code == 200
    assert client.get("/watch/spending/").status_code == 404
    Connection.objects.create(team=team, name="cloud", engine="bigquery", settings={})
    assert client.get("/watch/spending/").status_code == 200


def test_what_is_broken_says_since_when_and_who_has_it(viewer: Client, world: World) -> None:
    assert "nobody has it" in part(viewer, "now")
    member = Member.objects.filter(team=world.team).first()
    assert member
    Incident.objects.update(assigned_to=member.user)
    member.user.name = "Berta"
    member.user.save()
    body = part(viewer, "now")
    assert "Berta has it" in body
    assert "nobody has" not in body
    Incident.objects.update(status="resolved", resolved_at=NOW)
    assert "Nothing is broken." in part(viewer, "now")


def test_whoever_comes_back_within_the_hour_goes_on_with_the_visit(person: User) -> None:
    assert visited(person, NOW) == Since(NOW - DAY, known=False)
    assert visited(person, NOW + HOUR) == Since(NOW - DAY + HOUR, known=False)
    later = NOW + 3 * HOUR
    assert visited(person, later) == Since(NOW + HOUR, known=True)
    assert visited(person, later + HOUR / 2) == Since(NOW + HOUR, known=True)
    assert Visit.objects.get().began_at == later


def test_a_long_absence_is_told_of_a_month(person: User) -> None:
    assert since(NOW - 2 * FARTHEST, NOW) == Since(NOW - FARTHEST, known=False, cut=True)


@pytest.mark.parametrize(
    ("before", "words"),
    [(2 * HOUR, "today 01:00 UTC"), (9 * HOUR, "yesterday 18:00 UTC"), (3 * DAY, "Wednesday 03:00 UTC"),
     (20 * DAY, "1 Nov 03:00 UTC")],
)  # fmt: skip
def test_the_last_visit_is_told_by_its_day(before: timedelta, words: str) -> None:
    assert since_words(Since(NOW - before, known=True), NOW) == f"Since your last visit, {words}"


def test_the_night_is_told_in_a_sentence_with_each_incident_and_its_end(
    viewer: Client, operator: Client, world: World
) -> None:
    part(viewer, "night")
    Visit.objects.update(seen_at=timezone.now() - 9 * HOUR)
    began = timezone.now() - 2 * HOUR
    Incident.objects.update(opened_at=began, status="resolved", resolved_at=began + HOUR / 4)
    Check.objects.update(at=began)
    body = part(viewer, "night")
    assert "1 incident, over; 3 checks; of 1 tables now 1 broken." in body.replace("of 1 table ", "of 1 tables ")
    assert "lasted 15 min" in body
    assert "ended by itself" in body
    assert "Since your last visit" in body


def test_what_is_only_refreshed_is_no_visit(viewer: Client, world: World) -> None:
    for address in ("/watch/", "/watch/now/", "/watch/proof/", "/wall/", "/wall/board/", "/"):
        viewer.get(address, headers=HTMX)
    assert not Visit.objects.exists()


def test_a_day_is_marked_by_the_worst_of_it_and_says_all() -> None:
    zone, now = ZoneInfo("UTC"), datetime(2026, 11, 21, 12, tzinfo=UTC)
    days = last_days(now, zone, 4)
    spans = [Span(datetime(2026, 11, 19, 23, tzinfo=UTC), datetime(2026, 11, 20, 2, tzinfo=UTC))]
    cells = cells_of(days, spans, {}, watched_since=datetime(2026, 11, 19, tzinfo=UTC), zone=zone, now=now)
    assert days[0] == date(2026, 11, 18)
    assert [(cell.mark, cell.words) for cell in cells] == [
        (Mark.UNWATCHED, "not watched"),
        (Mark.TROUBLE, "1 incident, 1 h"),
        (Mark.TROUBLE, "1 incident, 2 h"),
        (Mark.FINE, "no trouble"),
    ]


def test_the_heat_map_has_a_row_per_table_with_words_for_every_day(viewer: Client, world: World) -> None:
    began = timezone.now() - HOUR
    Incident.objects.update(opened_at=began, table="main.orders", connection_id=world.connection.pk)
    body = part(viewer, "days")
    assert body.count("<td ") == 14
    assert f"/tables/{world.table.pk}/#days" in body
    assert "1 incident, " in body
    assert 'class="mw-hidden">not watched</span>' in body


def test_a_table_in_trouble_comes_before_one_that_was_never(viewer: Client, world: World) -> None:
    RuleState.objects.create(
        rule=world.rule, connection=world.connection, schema="aaa", table="calm", check_every=60, verdict="ok"
    )
    body = part(viewer, "days")
    assert body.index("main.orders") < body.index("aaa.calm")
