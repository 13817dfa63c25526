"""The watch: the worst first, in a fixed number of queries, refreshing itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.alerts.models import Delivery, Heartbeat
from apps.alerts.services import beat
from apps.connections.models import Connection
from apps.rules.models import Check, Rule, RuleState
from apps.rules.overview import Group, stand, tables_words
from apps.teams.models import Role, Team
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db
MANY = 1000


def make_rules(count: int, *, tables: int = 1) -> Team:
    """`count` rules with a state and a check per table, every fourth one breached."""
    now = timezone.now()
    team = Team.objects.create(name="Many")
    store = Connection.objects.create(team=team, name="store", engine="duckdb", settings={"path": "x"})
    rules = Rule.objects.bulk_create(
        Rule(team=team, name=f"Rule {number:04}", connection=store, kind="freshness",
             table="main.t" if tables == 1 else "", include=["main.*"], settings={"every": "1h"})
        for number in range(count)
    )  # fmt: skip
    states = RuleState.objects.bulk_create(
        RuleState(rule=rule, connection=store, schema="main", table=f"t{table}", check_every=60, since=now,
                  next_check_at=now + timedelta(minutes=1), last_check_at=now,
                  verdict="ok" if number % 4 else "breached")
        for number, rule in enumerate(rules) for table in range(tables)
    )  # fmt: skip
    Check.objects.bulk_create(Check(state=state, at=now, verdict=state.verdict, measured=90) for state in states)
    return team


def group(verdict: str, tables: int = 1) -> Group:
    return Group(verdict, tables, NOW, NOW + timedelta(hours=1), NOW, NOW)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [(["ok", "breached", "unknown"], "breached"), (["ok", "unknown"], "unknown"), (["ok", ""], "never"),
     (["ok", "learning"], "learning"), (["ok"], "ok"), ([], "never")],
)  # fmt: skip
def test_a_rule_stands_where_its_worst_table_stands(verdicts: list[str], state: str) -> None:
    assert stand([group(verdict) for verdict in verdicts], paused=False).state == state


@pytest.mark.parametrize(("verdict", "since"), [("ok", NOW + timedelta(hours=1)), ("breached", NOW)])
def test_trouble_counts_from_its_first_table_and_peace_from_its_last(verdict: str, since: datetime) -> None:
    assert stand([group(verdict, tables=2)], paused=False).since == since


def test_the_state_that_only_matches_patterns_does_not_count_as_a_table() -> None:
    standing = stand([group("", tables=0), group("ok", tables=3)], paused=False)
    assert (standing.state, dict(standing.tables)) == ("ok", {"ok": 3})


def test_patterns_that_could_not_be_matched_show() -> None:
    assert stand([group("unknown", tables=0), group("ok", tables=3)], paused=False).state == "unknown"


def test_a_paused_rule_is_paused_whatever_it_last_found() -> None:
    assert stand([group("breached")], paused=True).state == "paused"


def test_many_tables_are_one_line() -> None:
    assert tables_words({"ok": 950, "breached": 50}) == "1,000 tables: 50 breached, 950 OK"


def test_a_thousand_rules_need_twenty_queries(sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.VIEWER, make_rules(MANY))
    for address in ("/", "/watch/", "/?q=rule&state=breached&page=2", "/watch/night/", "/watch/days/", "/wall/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert len(queries) <= 20, [query["sql"][:200] for query in queries]


def test_a_rule_with_many_tables_needs_no_more(sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.VIEWER, make_rules(2, tables=MANY))
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/").content.decode()
    assert len(queries) <= 20
    assert "1,000 tables: 1,000 breached" in page


def test_the_broken_come_first_a_hundred_a_page(sign_in: Callable[..., Client]) -> None:
    page = sign_in(Role.VIEWER, make_rules(200)).get("/").content.decode()
    assert page.count('id="rule-') == 100
    assert page.index("Rule 0196") < page.index("Rule 0001")
    assert "1 to 100 of 200" in page


def test_the_fragment_keeps_what_was_asked(sign_in: Callable[..., Client]) -> None:
    page = sign_in(Role.VIEWER, make_rules(8)).get("/?state=ok&q=rule").content.decode()
    assert 'hx-get="/watch/?state=ok&amp;q=rule"' in page
    assert 'hx-trigger="every 5s"' in page


def test_a_filter_shows_only_its_state(sign_in: Callable[..., Client]) -> None:
    fragment = sign_in(Role.VIEWER, make_rules(8)).get("/watch/?state=breached").content.decode()
    assert fragment.count('id="rule-') == 2
    assert "<html" not in fragment


def test_a_line_tells_what_was_seen_and_leads_to_the_incident(viewer: Client, world: World) -> None:
    page = viewer.get("/").content.decode()
    assert "Late. &lt;script&gt;" in page
    assert f"/alerts/incident/{world.incident.pk}/" in page


@pytest.mark.parametrize(("minutes", "late"), [(9, False), (11, True)])
def test_checks_that_are_not_started_within_two_intervals_are_told(
    viewer: Client, world: World, minutes: int, late: bool
) -> None:
    due: datetime = timezone.now() - timedelta(minutes=minutes)
    RuleState.objects.update(next_check_at=due, check_every=300)
    assert ("Checks are late." in viewer.get("/").content.decode()) is late


def test_a_paused_rule_is_never_late(viewer: Client, world: World) -> None:
    RuleState.objects.update(next_check_at=timezone.now() - timedelta(days=1))
    Rule.objects.update(paused=True)
    assert "Checks are late." not in viewer.get("/").content.decode()


@pytest.mark.parametrize(("minutes", "late"), [(1, False), (3, True)])
def test_messages_that_nobody_sends_are_told(viewer: Client, world: World, minutes: int, late: bool) -> None:
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=minutes))
    assert ("Messages are late." in viewer.get("/").content.decode()) is late


def test_a_message_that_waits_for_its_next_attempt_is_not_late(viewer: Client, world: World) -> None:
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=1), created_at=NOW - timedelta(days=1))
    assert "Messages are late." not in viewer.get("/").content.decode()


def test_everybody_hears_on_every_page_that_a_part_of_midwatch_rests(stranger: Client, world: World) -> None:
    for address in ("/", "/alerts/channel/", "/standing/"):
        page = stranger.get(address).content.decode()
        assert "The dispatcher has not done any work yet." in page
        assert "Watchers" not in page


def test_no_banner_stands_while_every_part_works(viewer: Client, world: World) -> None:
    for process in ("beat", "dispatcher"):
        beat(process, timezone.now())
    RuleState.objects.update(next_check_at=timezone.now())
    Delivery.objects.update(status="sent")
    assert 'role="alert">' not in viewer.get("/standing/").content.decode()


def test_a_test_message_that_was_sent_says_whether_you_are_live(viewer: Client, world: World) -> None:
    Delivery.objects.update(status="sent", sent_at=NOW)
    page = f"/alerts/channel/delivery/{world.delivery.pk}/"
    assert "you are not live yet" in viewer.get(page).content.decode()
    for process in ("beat", "dispatcher"):
        beat(process, timezone.now())
    assert "you are live: Midwatch checks round the clock" in viewer.get(page).content.decode()


def test_the_overview_says_when_alerting_was_last_proven(viewer: Client, world: World) -> None:
    assert "not proven end to end yet" in viewer.get("/watch/proof/").content.decode()
    proof = (timezone.now() - timedelta(minutes=4, seconds=5)).isoformat()
    Heartbeat.objects.create(process="canary", host="", worked_at=timezone.now(), details={"proven_at": proof})
    page = viewer.get("/watch/proof/").content.decode()
    assert "Alerting last proven end to end" in page
    assert "4 min ago" in page


def test_mails_in_files_are_told(viewer: Client, world: World) -> None:
    assert "messages are kept in the" in viewer.get("/").content.decode()


def test_an_empty_team_is_led(sign_in: Callable[..., Client]) -> None:
    page = sign_in(Role.MANAGER, Team.objects.create(name="New")).get("/").content.decode()
    assert "Connect a data store." in page
    assert "/connections/connection/add/" in page


def test_whoever_is_signed_out_is_led_away_from_the_fragment(client: Client) -> None:
    assert client.get("/watch/").headers["HX-Redirect"] == "/login/"
