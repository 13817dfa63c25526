"""What breaks together is one incident, told once, over when all of it is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.alerts.incidents import order
from apps.alerts.models import Channel, Delivery, Dependency, Incident
from apps.alerts.services import Finding, Recovery, Subject, close_as, merge, report, split, withdraw
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import FACTS
from tests.alerts.incidents.conftest import SHOP, after, key_of, of, recover

Breaks = Callable[..., list[str]]
Timeline = Callable[[Incident], list[str]]


def told() -> list[tuple[str, str]]:
    """The kinds of all messages, with the table of the incident that they are about."""
    rows = Delivery.objects.order_by("pk").values_list("kind", "incident__table")
    return [(kind, table) for kind, table in rows]


def test_two_rules_on_one_table_are_one_incident_and_one_message(breaks: Breaks, timeline: Timeline) -> None:
    breaks("orders")
    breaks("orders", kind="volume", at=30)
    assert (of("orders", "volume").merged_into, of("orders", "volume").merged_as) == (of("orders"), "table")
    assert told() == [("opened", "orders")]
    assert "Volume of orders is part of this now. It is about the same table." in timeline(of("orders"))


def test_it_is_over_when_the_last_of_it_is_over(breaks: Breaks) -> None:
    breaks("orders")
    breaks("orders", kind="volume", at=30)
    recover("orders", at=40)
    assert of("orders").status == "open"
    recover("orders", kind="volume", at=50)
    assert (of("orders").status, of("orders").facts["duration_seconds"]) == ("resolved", 3000.0)
    assert told() == [("opened", "orders"), ("resolved", "orders")]


def test_its_own_trouble_may_return_while_it_waits_for_its_parts(breaks: Breaks, timeline: Timeline) -> None:
    breaks("orders")
    breaks("orders", kind="volume", at=30)
    recover("orders", at=40)
    breaks("orders", at=45)
    recover("orders", kind="volume", at=50)
    assert of("orders").status == "open"
    assert any(line.startswith("Freshness of orders is broken again.") for line in timeline(of("orders")))


def test_fifty_tables_that_break_together_are_one_message_that_counts_them(breaks: Breaks) -> None:
    breaks(*[f"t{number}" for number in range(50)])
    (delivery,) = Delivery.objects.all()
    assert delivery.facts["parts"]["count"] == 49
    assert Incident.objects.filter(merged_into=None).count() == 1


def test_a_part_that_is_worse_makes_its_lead_worse_and_that_is_told(breaks: Breaks, timeline: Timeline) -> None:
    breaks("orders")
    breaks("payments", at=5, severity="critical")
    assert of("orders").severity == "critical"
    assert told() == [("opened", "orders"), ("changed", "orders")]
    assert "The severity rose from high to critical, because of Freshness of payments." in timeline(of("orders"))


def test_a_person_splits_off_what_is_not_related_and_it_is_told(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    split(incident=of("payments"), user=anna, now=after(5))
    assert of("payments").merged_into is None
    assert told() == [("opened", "orders"), ("opened", "payments")]
    assert of("orders").facts["parts"]["count"] == 0


def test_a_person_merges_two_and_the_end_of_both_is_told(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    breaks("stock", at=30, kind="volume")
    merge(incident=of("stock", "volume"), into=of("orders"), user=anna, now=after(31))
    recover("orders", at=40)
    assert of("orders").status == "open"
    recover("stock", kind="volume", at=50)
    assert [entry for entry in told() if entry[0] == "resolved"] == [("resolved", "stock"), ("resolved", "orders")]


def test_incidents_of_two_teams_cannot_be_merged(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    other = Incident.objects.create(
        team=Team.objects.create(name="Other"), key="x", title="x", opened_at=after(0), last_seen_at=after(0),
        next_action_at=after(1),
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="same team"):
        merge(incident=of("orders"), into=other, user=anna, now=after(1))


def test_closing_an_incident_closes_its_parts(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    close_as(incident=of("orders"), outcome="expected", user=anna, now=after(9))
    assert {(row.status, row.outcome) for row in Incident.objects.all()} == {("resolved", "expected")}
    assert told() == [("opened", "orders"), ("resolved", "orders")]


def lineage() -> None:
    Dependency.objects.create(connection_id=SHOP, table="daily", upstream_connection_id=SHOP, upstream_table="orders")


def test_what_a_broken_table_feeds_is_its_consequence(breaks: Breaks) -> None:
    lineage()
    breaks("orders")
    breaks("daily", kind="volume", at=60)
    assert of("daily", "volume").merged_as == "upstream"
    assert told() == [("opened", "orders")]


def test_after_the_cause_is_over_its_consequences_are_looked_at_and_stand_alone_if_still_broken(
    breaks: Breaks, timeline: Timeline
) -> None:
    lineage()
    breaks("orders")
    breaks("daily", kind="volume", at=60)
    assert recover("orders", at=90) == [key_of("daily", "volume")]
    assert of("orders").status == "resolved"
    breaks("daily", kind="volume", at=92)
    assert told() == [("opened", "orders"), ("resolved", "orders"), ("opened", "daily")]
    assert any("it stands by itself now" in line for line in timeline(of("daily", "volume")))


def test_a_consequence_that_recovers_with_its_cause_is_never_told(breaks: Breaks) -> None:
    lineage()
    breaks("orders")
    breaks("daily", kind="volume", at=60)
    recover("orders", at=90)
    recover("daily", kind="volume", at=92)
    assert told() == [("opened", "orders"), ("resolved", "orders")]


def test_a_cause_that_shows_later_takes_over_and_everybody_hears_of_both_ends(breaks: Breaks) -> None:
    lineage()
    breaks("daily", kind="volume")
    breaks("orders", at=20)
    assert of("daily", "volume").merged_into == of("orders")
    recover("daily", kind="volume", at=30)
    recover("orders", at=31)
    assert {entry for entry in told() if entry[0] == "resolved"} == {("resolved", "daily"), ("resolved", "orders")}


def test_a_broken_connection_takes_in_what_cannot_be_checked(team: Team, mail: Channel, breaks: Breaks) -> None:
    whole = Finding(
        key=f"connection/{SHOP}", team_id=team.pk, severity="high", title="shop cannot be checked",
        facts=FACTS | {"situation": "connection", "table": ""}, channel_ids=(mail.pk,),
        subject=Subject(connection_id=SHOP),
    )  # fmt: skip
    report(findings=[whole], recoveries=[], now=after(0))
    breaks("orders", "payments", at=1, situation="unknown")
    assert set(Incident.objects.exclude(table="").values_list("merged_as", flat=True)) == {"connection"}
    assert len(told()) == 1
    report(findings=[], recoveries=[Recovery(f"connection/{SHOP}")], now=after(9))
    assert Incident.objects.get(key=f"connection/{SHOP}").status == "resolved"


def test_a_lead_that_is_no_longer_watched_leaves_its_place_to_the_oldest_part(breaks: Breaks) -> None:
    breaks("orders")
    breaks("orders", kind="volume", at=30)
    withdraw(keys=[key_of("orders")], reason="The rule was deleted.", now=after(40))
    assert (of("orders").status, of("orders", "volume").merged_into) == ("resolved", None)
    recover("orders", kind="volume", at=50)
    assert told()[-1] == ("resolved", "orders")
    assert len(told()) == 2


def test_a_part_that_is_no_longer_watched_does_not_keep_its_lead_open(breaks: Breaks) -> None:
    breaks("orders")
    breaks("orders", kind="volume", at=30)
    recover("orders", at=40)
    withdraw(keys=[key_of("orders", "volume")], reason="The rule was deleted.", now=after(45))
    assert of("orders").status == "resolved"


def test_a_thousand_tables_are_grouped_in_as_many_statements_as_ten(breaks: Breaks) -> None:
    spent = []
    for number, tables in enumerate(([f"a{n}" for n in range(10)], [f"b{n}" for n in range(1000)])):
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            breaks(*tables, connection=number)
        # Inserts go in parts that SQLite can take.
        spent.append(sum(not query["sql"].startswith("INSERT") for query in queries))
    assert spent[0] == spent[1] <= 26 + order.needed()  # PostgreSQL locks the incidents of the team


def test_who_cares_for_a_part_alone_hears_of_its_lead(team: Team, hook: Channel, breaks: Breaks) -> None:
    lineage()
    breaks("orders")
    daily = Finding(
        key="rule/finance/daily", team_id=team.pk, severity="high", title="Volume of daily",
        facts=FACTS | {"table": "daily"}, channel_ids=(hook.pk,),
        subject=Subject(connection_id=SHOP, kind="volume", table="daily"),
    )  # fmt: skip
    report(findings=[daily], recoveries=[], now=after(60))
    names = Delivery.objects.order_by("pk").values_list("incident__table", "kind", "channel__name")
    assert list(names) == [("orders", "opened", "ops-mail"), ("orders", "opened", "ops-hook")]
    report(findings=[daily], recoveries=[], now=after(65))
    assert len(names.all()) == 2
