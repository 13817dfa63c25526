"""The demo as a newcomer meets it: real rules look at real data that is broken and mended."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident, IncidentStatus
from apps.connections.models import Connection
from apps.demo import loader, rulebook, services
from apps.demo.breaks import BREAKS
from apps.rules.models import Rule, RuleState
from apps.rules.services import check_now
from apps.teams.models import Member, Role, User
from tests.demo.shop import NOW

pytestmark = pytest.mark.django_db
LOADED = NOW + timedelta(seconds=15)
BROKEN = NOW + timedelta(seconds=20)
NOTICED = LOADED + timedelta(seconds=100)
MENDED = NOTICED + timedelta(seconds=10)
every_break = pytest.mark.parametrize("name", BREAKS)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("kim@shop.example", "a long enough password")


@pytest.fixture
def installed(shop: Path, settings: Settings, user: User) -> Path:
    """The demo, installed and looked at twice, as it is after its first minute."""
    settings.MIDWATCH_HOME = shop.parent
    services.install(now=NOW, user=user)
    check(NOW)
    loader.load_once(shop, now=LOADED)
    check(LOADED)
    return shop


def check(at: datetime) -> dict[str, set[str]]:
    """Check everything; the verdicts of each rule over its tables."""
    verdicts: dict[str, set[str]] = {}
    for result in check_now(rules=None, clock=lambda: at):
        verdicts.setdefault(result.rule, set()).add(result.verdict)
    return verdicts


def test_install_makes_a_team_with_everything_it_needs(installed: Path, user: User) -> None:
    member = Member.objects.get(user=user)
    assert (member.team.name, member.role) == ("Shop", Role.ADMINISTRATOR)
    assert Connection.objects.get(team=member.team).settings == {"path": str(installed / "shop.duckdb")}
    assert Channel.objects.get(team=member.team).settings == {"to": ["watch@shop.example"]}
    assert Rule.objects.filter(team=member.team, notify__name="shop-mail").count() == len(rulebook.RULES)


def test_the_demo_is_installed_only_after_it_was_installed(shop: Path, settings: Settings, user: User) -> None:
    settings.MIDWATCH_HOME = shop.parent
    assert not services.is_installed()
    services.install(now=NOW, user=user)
    assert services.is_installed()


def test_installing_again_changes_nothing_that_people_have_changed(installed: Path, user: User) -> None:
    Rule.objects.filter(name=rulebook.ORDERS_ARRIVE).update(severity="low")
    services.install(now=BROKEN, user=user)
    assert Rule.objects.get(name=rulebook.ORDERS_ARRIVE).severity == "low"
    assert Rule.objects.count() == len(rulebook.RULES)
    assert Connection.objects.get().history.count() == 1


def test_whole_data_is_fine_or_still_being_learnt(installed: Path) -> None:
    loader.load_once(installed, now=NOTICED)
    verdicts = check(NOTICED)
    assert set(verdicts) == {rule.name for rule in rulebook.RULES}
    assert set.union(*verdicts.values()) <= {"ok", "learning"}
    assert all(verdicts[one.rule] == {"ok"} for one in BREAKS.values())
    assert not Incident.objects.exists()


@every_break
def test_each_break_opens_one_incident_of_its_own_rule_and_mending_resolves_it(installed: Path, name: str) -> None:
    services.break_shop(name=name, now=BROKEN)
    loader.load_once(installed, now=NOTICED)
    verdicts = check(NOTICED)
    assert {rule for rule, found in verdicts.items() if "breached" in found} == {BREAKS[name].rule}
    incident = Incident.objects.get()
    assert incident.status == IncidentStatus.OPEN

    services.mend_shop(now=MENDED)
    assert not any("breached" in found for found in check(MENDED).values())
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.RESOLVED
    assert {delivery.kind for delivery in Delivery.objects.all()} == {DeliveryKind.OPENED, DeliveryKind.RESOLVED}


@every_break
def test_breaking_has_the_rule_that_notices_looked_at_at_once(installed: Path, name: str) -> None:
    services.break_shop(name=name, now=BROKEN)
    states = RuleState.objects.filter(rule__name=BREAKS[name].rule)
    assert states.exists()
    assert not states.exclude(next_check_at__lte=BROKEN).exists()


def test_a_worker_that_keeps_to_its_times_notices_late_orders_within_two_minutes(installed: Path) -> None:
    services.break_shop(name="late", now=BROKEN)
    due = RuleState.objects.filter(rule__name=rulebook.ORDERS_ARRIVE).values_list("next_check_at", flat=True)
    for _ in range(4):
        at = due.get()
        assert at
        check(at)
    assert Incident.objects.get().opened_at == LOADED + timedelta(seconds=91)


def test_mending_has_every_rule_looked_at_at_once(installed: Path) -> None:
    services.break_shop(name="drop", now=BROKEN)
    check(NOTICED)
    services.mend_shop(now=MENDED)
    assert not RuleState.objects.filter(next_check_at__gt=MENDED).exists()


def test_everything_broken_at_once_gives_an_incident_each(installed: Path) -> None:
    for name in BREAKS:
        services.break_shop(name=name, now=BROKEN)
    check(NOTICED)
    assert Incident.objects.filter(status=IncidentStatus.OPEN).count() == len(BREAKS)
    services.mend_shop(now=MENDED)
    check(MENDED)
    assert not Incident.objects.exclude(status=IncidentStatus.RESOLVED).exists()
