"""What joins an incident or leaves it is not lost: who was to hear of it does, and nothing stays open for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.alerts.models import Channel, Delivery, Dependency, Incident
from apps.alerts.services import (
    Finding,
    Recovery,
    Subject,
    acknowledge,
    close_as,
    merge,
    report,
    save_channel,
    say_fixed,
    set_severity,
    split,
    withdraw,
)
from apps.alerts.silences.releasing import release_holds
from apps.alerts.silences.reminders import remind
from apps.alerts.silences.settling import settle
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import FACTS
from tests.alerts.incidents.conftest import SHOP, after, key_of, of, recover
from tests.alerts.silences.conftest import mute

Breaks = Callable[..., list[str]]
Timeline = Callable[[Incident], list[str]]


@pytest.fixture
def pager(team: Team) -> Channel:
    return save_channel(team=team, name="pager", type="pagerduty", settings={"routing_key": "k" * 32})


def lineage() -> None:
    Dependency.objects.create(connection_id=SHOP, table="daily", upstream_connection_id=SHOP, upstream_table="orders")


def trouble(team: Team, table: str, *channels: Channel, kind: str = "volume", severity: str = "high") -> Finding:
    return Finding(
        key=key_of(table, kind), team_id=team.pk, severity=severity, title=f"{kind.capitalize()} of {table}",
        facts=FACTS | {"table": table}, channel_ids=tuple(channel.pk for channel in channels),
        subject=Subject(connection_id=SHOP, kind=kind, table=table, rule_id=2),
    )  # fmt: skip


def sent(incident: Incident) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(incident=incident).order_by("pk")
    return [(row.kind, row.channel.name) for row in rows if row.status != "superseded"]


def test_what_joins_a_muted_incident_and_is_not_muted_itself_is_told(team: Team, mail: Channel, breaks: Breaks) -> None:
    mute(team, tags=["nightly"], starts_at=after(-5), ends_at=after(600))
    first = Finding(
        key=key_of("orders"), team_id=team.pk, severity="high", title="Freshness of orders", facts=FACTS,
        channel_ids=(mail.pk,), subject=Subject(connection_id=SHOP, table="orders", tags=("nightly",)),
    )  # fmt: skip
    report(findings=[first], recoveries=[], now=after(0))
    breaks("orders", kind="volume", at=30)
    release_holds(now=after(30.1))
    assert [row.kind for row in Delivery.objects.filter(status="queued")] == ["summary"]


def test_the_page_about_an_incident_ends_when_a_person_merges_it_and_comes_again_when_it_is_split_off(
    team: Team, pager: Channel, breaks: Breaks, anna: User
) -> None:
    breaks("orders")
    report(findings=[trouble(team, "stock", pager)], recoveries=[], now=after(30))
    merge(incident=of("stock", "volume"), into=of("orders"), user=anna, now=after(31))
    assert sent(of("stock", "volume")) == [("opened", "pager"), ("resolved", "pager")]
    assert ("opened", "pager") in sent(of("orders"))
    split(incident=of("stock", "volume"), user=anna, now=after(40))
    assert sent(of("stock", "volume"))[-1] == ("opened", "pager")


def test_what_was_told_before_its_cause_was_found_is_told_again_when_it_outlasts_the_cause(breaks: Breaks) -> None:
    lineage()
    breaks("daily", kind="volume")
    breaks("orders", at=20)
    recover("orders", at=40)
    breaks("daily", kind="volume", at=41)
    assert [kind for kind, _ in sent(of("daily", "volume"))] == ["opened", "opened"]


def test_a_lead_that_only_waits_for_a_part_ends_when_a_person_closes_that_part(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    recover("orders", at=10)
    close_as(incident=of("payments"), outcome="expected", user=anna, now=after(12))
    assert of("orders").status == "resolved"


def test_a_part_that_a_person_closes_is_no_longer_counted(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments", "stock")
    close_as(incident=of("payments"), outcome="expected", user=anna, now=after(12))
    assert of("orders").facts["parts"]["count"] == 1


def test_a_lead_that_only_waits_for_a_part_ends_when_that_part_is_split_off(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    recover("orders", at=10)
    split(incident=of("payments"), user=anna, now=after(12))
    assert of("orders").status == "resolved"


def test_a_lead_that_only_waits_for_a_part_ends_when_that_part_is_merged_elsewhere(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    recover("orders", at=10)
    breaks("stock", kind="volume", at=30)
    merge(incident=of("payments"), into=of("stock", "volume"), user=anna, now=after(32))
    assert of("orders").status == "resolved"


def test_what_is_over_cannot_be_split_off(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    recover("payments", at=10)
    with pytest.raises(InvalidInput, match="resolved"):
        split(incident=of("payments"), user=anna, now=after(12))


def test_an_incident_that_gets_worse_is_reminded_of_as_soon_as_its_new_severity_asks_for(breaks: Breaks) -> None:
    breaks("orders", severity="low")
    breaks("payments", at=5, severity="critical")
    remind(now=after(6))
    remind(now=after(36))
    assert "reminder" in [kind for kind, _ in sent(of("orders"))]


def test_an_incident_that_a_person_raises_is_reminded_of_as_its_new_severity_asks_for(
    breaks: Breaks, anna: User
) -> None:
    breaks("orders", severity="low")
    set_severity(incident=of("orders"), severity="critical", user=anna, now=after(5))
    remind(now=after(6))
    remind(now=after(36))
    assert "reminder" in [kind for kind, _ in sent(of("orders"))]


def test_a_check_that_finds_it_worse_brings_reminders_of_its_new_severity(breaks: Breaks) -> None:
    breaks("orders", severity="low")
    breaks("orders", at=5, severity="critical")
    remind(now=after(6))
    remind(now=after(36))
    assert "reminder" in [kind for kind, _ in sent(of("orders"))]


def whole(team: Team, mail: Channel) -> Finding:
    return Finding(
        key=f"connection/{SHOP}", team_id=team.pk, severity="high", title="shop cannot be checked",
        facts=FACTS | {"situation": "connection", "table": ""}, channel_ids=(mail.pk,),
        subject=Subject(connection_id=SHOP),
    )  # fmt: skip


def test_a_connection_that_turns_out_broken_takes_in_what_could_not_be_checked_before(
    team: Team, mail: Channel, breaks: Breaks
) -> None:
    breaks("orders", "payments", situation="unknown")
    breaks("stock", kind="volume")
    report(findings=[whole(team, mail)], recoveries=[], now=after(1))
    parts = Incident.objects.filter(merged_as="connection").values_list("table", flat=True)
    assert set(parts) == {"orders", "payments"}


def test_who_hears_of_a_lead_because_of_a_part_reads_of_that_part(team: Team, hook: Channel, breaks: Breaks) -> None:
    breaks("orders")
    report(findings=[trouble(team, "orders", hook)], recoveries=[], now=after(60))
    (told,) = Delivery.objects.filter(channel=hook)
    assert told.facts["parts"]["titles"] == ["Volume of orders"]


def test_a_lead_that_comes_back_knows_the_consequences_that_are_still_there(breaks: Breaks) -> None:
    lineage()
    breaks("orders")
    breaks("daily", kind="volume", at=60, severity="critical")
    recover("orders", at=90)
    breaks("orders", at=90.5)
    assert (of("orders").facts["parts"]["count"], of("orders").severity) == (1, "critical")


def test_an_unstable_lead_that_is_good_is_reminded_of_for_its_parts(breaks: Breaks) -> None:
    for minute in (0, 10, 20):
        breaks("orders", at=minute)
        recover("orders", at=minute + 5)
    breaks("orders", kind="volume", at=26)
    remind(now=after(20 + 4 * 60 + 1))
    assert "reminder" in [kind for kind, _ in sent(of("orders"))]
    settle(now=after(26 + 6 * 60))
    remind(now=after(26 + 10 * 60))
    assert [kind for kind, _ in sent(of("orders"))].count("reminder") == 2


def test_what_was_held_back_about_a_part_is_told_of_its_lead(
    team: Team, hook: Channel, breaks: Breaks, anna: User
) -> None:
    mute(team, tables=["stock"], starts_at=after(-5), ends_at=after(40))
    breaks("orders")
    report(findings=[trouble(team, "stock", hook)], recoveries=[], now=after(30))
    merge(incident=of("stock", "volume"), into=of("orders"), user=anna, now=after(31))
    release_holds(now=after(41))
    assert ("opened", "ops-hook") in sent(of("orders"))


def test_a_page_ends_when_its_trouble_is_no_longer_watched(team: Team, pager: Channel, mail: Channel) -> None:
    report(findings=[trouble(team, "stock", pager, mail)], recoveries=[], now=after(0))
    withdraw(keys=[key_of("stock", "volume")], reason="The rule was deleted.", now=after(40))
    assert sent(of("stock", "volume")) == [("opened", "ops-mail"), ("opened", "pager"), ("resolved", "pager")]


def test_a_page_goes_on_under_the_part_that_takes_the_place_of_its_lead(team: Team, pager: Channel) -> None:
    report(findings=[trouble(team, "orders", pager)], recoveries=[], now=after(0))
    report(findings=[trouble(team, "orders", pager, kind="schema")], recoveries=[], now=after(1))
    withdraw(keys=[key_of("orders", "volume")], reason="The rule was deleted.", now=after(40))
    assert sent(of("orders", "volume"))[-1] == ("resolved", "pager")
    assert sent(of("orders", "schema")) == [("opened", "pager")]
    report(findings=[], recoveries=[Recovery(key_of("orders", "schema"))], now=after(50))
    assert sent(of("orders", "schema"))[-1] == ("resolved", "pager")


def test_who_has_an_incident_has_the_part_that_takes_its_place(team: Team, pager: Channel, anna: User) -> None:
    report(findings=[trouble(team, "orders", pager)], recoveries=[], now=after(0))
    report(findings=[trouble(team, "orders", pager, kind="schema")], recoveries=[], now=after(1))
    acknowledge(incident=of("orders", "volume"), user=anna, now=after(2))
    withdraw(keys=[key_of("orders", "volume")], reason="The rule was deleted.", now=after(40))
    heir = of("orders", "schema")
    assert (heir.status, heir.acknowledged_by, heir.assigned_to, sent(heir)) == ("acknowledged", anna, anna, [])


def test_what_is_split_off_leaves_its_own_former_parts_behind(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    breaks("stock", "goods", kind="volume", at=30)
    merge(incident=of("stock", "volume"), into=of("orders"), user=anna, now=after(31))
    split(incident=of("stock", "volume"), user=anna, now=after(40))
    assert "parts" not in of("stock", "volume").facts
    assert of("goods", "volume").merged_into == of("orders")


def test_a_part_that_a_person_wrongly_calls_fixed_is_told_by_its_lead(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    say_fixed(incident=of("payments"), user=anna, now=after(5))
    breaks("payments", at=6)
    assert sent(of("payments")) == []
    told = Delivery.objects.get(kind="changed", incident=of("orders"))
    assert told.facts["change"].startswith("Freshness of payments: Anna Berg said at")


def test_a_person_who_raises_a_part_raises_its_lead_and_calls_nobody_about_the_part(
    team: Team, pager: Channel, breaks: Breaks, anna: User
) -> None:
    breaks("orders")
    report(findings=[trouble(team, "stock", pager)], recoveries=[], now=after(30))
    merge(incident=of("stock", "volume"), into=of("orders"), user=anna, now=after(31))
    set_severity(incident=of("stock", "volume"), severity="critical", user=anna, now=after(32))
    assert sent(of("stock", "volume"))[-1] == ("resolved", "pager")
    assert of("orders").severity == "critical"


def test_a_lead_that_only_waits_for_its_parts_is_over_when_they_join_another(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    recover("orders", at=10)
    breaks("stock", kind="volume", at=30)
    merge(incident=of("orders"), into=of("stock", "volume"), user=anna, now=after(31))
    assert (of("orders").status, of("payments").merged_into) == ("resolved", of("stock", "volume"))
    recover("payments", at=40)
    recover("stock", kind="volume", at=41)
    assert not Incident.objects.exclude(status="resolved").exists()


def test_a_lead_that_comes_back_as_a_part_takes_its_consequences_along(breaks: Breaks) -> None:
    lineage()
    breaks("orders")
    breaks("daily", kind="volume", at=60)
    recover("orders", at=90)
    breaks("orders", kind="volume", at=91)
    breaks("orders", at=92)
    assert of("orders").merged_into == of("daily", "volume").merged_into == of("orders", "volume")
