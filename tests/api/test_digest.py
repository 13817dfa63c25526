"""A digest holds what the person may see of the time that it is about, and nothing else (S004-47, S004-48, S004-51)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Delivery, Incident
from apps.alerts.services import Period, Wishes, save_wishes
from apps.api import tasks
from apps.api.digests.content import NOISY, SHOWN, digest_facts
from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules.models import Check, Rule, RuleState
from apps.summaries.services import Message, write_message
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
YESTERDAY = Period("daily", NOW - timedelta(days=1), NOW)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Finance")


@pytest.fixture
def anna(team: Team) -> User:
    """A viewer: the lowest role is enough for a digest."""
    user = User.objects.create_user("anna@example.com", name="Anna Berg", timezone="Europe/Berlin")
    add_member(team=team, user=user, role=Role.VIEWER)
    return user


def state_of(team: Team, table: str = "orders") -> RuleState:
    store, _ = Connection.objects.get_or_create(team=team, name="shop", engine="duckdb", settings={"path": "x"})
    rule, _ = Rule.objects.get_or_create(team=team, name="Fresh", connection=store, kind="freshness")
    return RuleState.objects.create(rule=rule, connection=store, schema="main", table=table, check_every=300)


def check(state: RuleState, *verdicts: str, at: datetime = NOW - HOUR) -> None:
    Check.objects.bulk_create(Check(state=state, at=at, verdict=verdict) for verdict in verdicts)


def incident(team: Team, *, at: datetime = NOW - HOUR, **more: Any) -> Incident:
    facts = {"situation": "stale", "rule": "Fresh", "table": "main.orders", "age_seconds": 7800.0,
             "allowed_seconds": 4200.0, "opened_at": at.isoformat(), "timezone": "UTC"}  # fmt: skip
    values = {"key": f"rule/{Incident.objects.count()}", "title": "Fresh: main.orders", "severity": "high",
              "opened_at": at, "last_seen_at": at, "next_action_at": at, "facts": facts}  # fmt: skip
    return Incident.objects.create(team=team, **(values | more))


def digest(user: User, period: Period = YESTERDAY) -> Message:
    facts = digest_facts(user, period)
    assert facts is not None
    return write_message(kind="digest", facts=facts, severity="low", link="", repeated=False)


def lines(message: Message, title: str) -> list[str]:
    """The lines of the section whose title begins so."""
    return [f"{name}: {value}" for head, rows in message.sections if head.startswith(title) for name, value in rows]


def test_what_is_open_stands_with_who_has_it_the_worst_first(team: Team, anna: User) -> None:
    low = incident(team, severity="low", acknowledged_by=anna, status="acknowledged", at=NOW - 30 * HOUR)
    high = incident(team)
    assert lines(digest(anna), "Still open") == [
        f"#{high.pk} High, new: main.orders has not changed for 2 h 10 min. "
        "Since 21 Nov 2026, 08:00 (Europe/Berlin); nobody has taken it yet.",
        f"#{low.pk} Low: main.orders has not changed for 2 h 10 min. "
        "Since 20 Nov 2026, 03:00 (Europe/Berlin); Anna Berg has it.",
    ]


def test_what_belongs_to_an_incident_is_counted_and_a_snooze_says_what_ends_it(team: Team, anna: User) -> None:
    row = incident(team, snooze="worse")
    Incident.objects.update(facts=row.facts | {"parts": {"count": 2, "titles": [], "total": 3}})
    (line,) = lines(digest(anna), "Still open")
    assert "has not changed for 2 h 10 min and 2 more. Since" in line
    assert line.endswith("nobody has taken it yet, snoozed until it gets worse.")


def test_what_ended_stands_with_its_length_and_by_whom(team: Team, anna: User) -> None:
    ended = incident(team, status="resolved", resolved_at=NOW - HOUR / 2, resolved_by=anna, outcome="false_alarm")
    Incident.objects.update(facts=ended.facts | {"duration_seconds": 1800.0, "trouble": "main.orders is late"})
    expected = f"#{ended.pk} High: main.orders is late. It lasted 30 min, closed by Anna Berg (false alarm)."
    assert lines(digest(anna), "Resolved") == [expected]


def test_the_counts_of_checks_stand_by_team_and_table_those_with_trouble_first(team: Team, anna: User) -> None:
    check(state_of(team, "orders"), *["ok"] * 5)
    check(state_of(team, "items"), "ok", "breached", "unknown")
    message = digest(anna)
    assert lines(message, "Checks by team") == ["Finance: 8 checks: 1 breached, 1 could not look"]
    assert lines(message, "Checks by table") == [
        "shop: main.items: 3 checks: 1 breached, 1 could not look",
        "shop: main.orders: 5 checks: no trouble",
    ]
    assert "8 checks were made." in message.headline


def test_a_rule_that_alerts_often_is_called_noisy(team: Team, anna: User) -> None:
    for _ in range(NOISY):
        incident(team, rule_id=7, status="resolved", resolved_at=NOW - HOUR, outcome="false_alarm")
    incident(team, rule_id=8, reopened=1)
    assert lines(digest(anna), "Noisy") == ["Fresh: 3 alerts, 3 false alarms. Its limits may be too tight."]


def test_each_return_of_an_incident_is_an_alert_too(team: Team, anna: User) -> None:
    incident(team, rule_id=7, reopened=3)
    assert lines(digest(anna), "Noisy") == ["Fresh: 4 alerts. Its limits may be too tight."]


def test_what_another_team_has_does_not_exist(anna: User) -> None:
    others = Team.objects.create(name="Others")
    incident(others)
    check(state_of(others), "breached")
    message = digest(anna)
    assert message.sections == ()
    assert "nothing broke, and nothing is open. 0 checks were made." in message.headline


def test_what_happened_before_is_left_to_the_digest_before(team: Team, anna: User) -> None:
    long_ago = NOW - 30 * HOUR
    incident(team, at=long_ago, status="resolved", resolved_at=long_ago + HOUR)
    check(state_of(team), "ok", at=long_ago)
    assert digest(anna).sections == ()
    week = Period("weekly", NOW - timedelta(days=7), NOW)
    assert len(lines(digest(anna, week), "Resolved")) == 1


def test_a_part_of_another_incident_is_not_listed(team: Team, anna: User) -> None:
    lead = incident(team)
    incident(team, merged_into=lead)
    assert len(lines(digest(anna), "Still open")) == 1


def test_whoever_is_in_no_team_gets_none(anna: User) -> None:
    assert digest_facts(User.objects.create_user("new@example.com"), YESTERDAY) is None


def make_many(team: Team) -> None:
    for number in range(40):
        incident(team, rule_id=number % 4, severity="critical", title="x" * 250)
        incident(team, status="resolved", resolved_at=NOW - HOUR)
        check(state_of(team, f"t{number}"), "ok", "breached")


def test_the_worst_day_is_read_in_two_minutes_and_says_what_it_leaves_out(team: Team, anna: User) -> None:
    make_many(team)
    message = digest(anna)
    assert {head for head, _ in message.sections} >= {f"Still open ({SHOWN} of 40)", f"Resolved ({SHOWN} of 40)",
                                                     f"Checks by table ({SHOWN} of 40)"}  # fmt: skip
    text = " ".join(f"{name} {value}" for _, rows in message.sections for name, value in rows)
    assert len(text.split()) < 2 * 300  # people skim lists at some 300 words a minute and more


def test_more_rows_cost_no_more_statements(team: Team, anna: User) -> None:
    counts: list[int] = []
    for _ in range(2):
        make_many(team) if counts else incident(team)
        fresh = User.objects.get(pk=anna.pk)
        with CaptureQueriesContext(connection) as queries:
            digest_facts(fresh, YESTERDAY)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_the_task_sends_what_is_due(team: Team, anna: User) -> None:
    save_wishes(user=anna, wishes=Wishes(digest="daily"), now=utc_now() - timedelta(days=2))
    tasks.digests()
    assert Delivery.objects.get().channel.person == anna
