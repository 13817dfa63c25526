"""Two transactions that want the same rows in opposite order come one after the other, and none is broken off for
waiting in a circle. Only PostgreSQL lets two write at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from django.db import Error, connection, connections, transaction

from apps.alerts.generating.working import write_texts
from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import Recovery, merge, report, save_channel, set_severity
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, deliver, found
from tests.alerts.generating.test_texts import DROP, TRUE
from tests.alerts.incidents.conftest import breaks as breaks
from tests.alerts.incidents.conftest import of
from tests.alerts.silences.conftest import after, break_it, one
from tests.servers.llm import ModelServer

pytestmark = pytest.mark.django_db(transaction=True)
Do = Callable[[], object]


@pytest.fixture(autouse=True)
def _two_writers(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def at_once(*orders: Sequence[Do]) -> None:
    """Each does its first part, waits a moment for the others to have done theirs, and goes on, in one transaction."""
    barrier, errors = threading.Barrier(len(orders)), []

    def work(parts: Sequence[Do]) -> None:
        try:
            with transaction.atomic():
                for number, part in enumerate(parts):
                    part()
                    if not number:
                        with suppress(threading.BrokenBarrierError):  # the other one waits for us, as it should
                            barrier.wait(1)
        except Error as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[parts]) for parts in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_roll_ups_of_two_channels_that_two_checks_fill_in_opposite_order(team: Team) -> None:
    first, second = (
        save_channel(team=team, name=name, type="email", settings={"to": [f"{name}@example.com"]}) for name in "ab"
    )
    break_it(*(one(team, channel, number=number) for number in range(1, 12) for channel in (first, second)))

    def rolled(channel: Channel, number: int) -> Do:
        return lambda: break_it(one(team, channel, number=number), at=after(1))

    at_once([rolled(first, 101), rolled(second, 102)], [rolled(second, 201), rolled(first, 202)])
    rolls = Delivery.objects.filter(kind="rollup")
    new = {row.channel.name: {Incident.objects.get(pk=pk).rule_id for pk in row.facts["new"]} for row in rolls}
    assert {101, 202} <= new["a"]
    assert {102, 201} <= new["b"]


def test_a_person_who_merges_and_a_check_that_makes_it_worse(breaks: Callable[..., list[str]], anna: User) -> None:
    breaks("orders")
    breaks("zebras", kind="volume", at=60)
    lead, part = of("orders"), of("zebras", "volume")
    at_once(
        [
            lambda: breaks("zebras", kind="volume", at=61, severity="critical"),
            lambda: breaks("orders", at=61, severity="critical"),
        ],
        [
            lambda: set_severity(incident=lead, severity="low", user=anna, now=after(61)),
            lambda: merge(incident=part, into=lead, user=anna, now=after(61)),
        ],
    )
    part.refresh_from_db()
    assert part.merged_into == lead


def test_two_checks_that_find_the_same_troubles_in_opposite_order(breaks: Callable[..., list[str]]) -> None:
    breaks("orders")
    breaks("zebras", kind="volume", at=60)

    def again(*tables: str) -> list[Do]:
        kinds = {"orders": "freshness", "zebras": "volume"}
        return [lambda table=table: breaks(table, kind=kinds[table], at=61) for table in tables]  # type: ignore[misc]

    at_once(again("orders", "zebras"), again("zebras", "orders"))
    assert set(Incident.objects.values_list("last_seen_at", flat=True)) == {after(61)}


def test_a_line_about_an_incident_waits_for_nobody_who_changes_it(team: Team, mail: Channel) -> None:
    [incident] = break_it(one(team, mail))
    done = threading.Event()

    def write() -> None:
        incident.timeline.create(at=NOW, kind="noted", text="Seen.")
        done.set()
        connections.close_all()

    with transaction.atomic():
        report(findings=[one(team, mail, severity="critical")], recoveries=[], now=after(1))
        thread = threading.Thread(target=write)
        thread.start()
        assert done.wait(20)
    thread.join()


def test_what_ends_while_a_model_writes_is_not_shown_as_open_again(
    team: Team, make: Callable[..., Channel], model: ModelServer
) -> None:
    Team.objects.update(generated_summaries=True)
    model.says = TRUE
    found(team, make("slack_bot"), **DROP)
    deliver()

    def work() -> None:
        write_texts(clock=lambda: after(1))
        connections.close_all()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        report(findings=[], recoveries=[Recovery(KEY)], now=after(1))
        thread.start()
        thread.join(3)  # it waits for the end, as it should
    thread.join()
    assert model.requests
    assert list(Delivery.objects.order_by("pk").values_list("kind", flat=True)) == ["opened", "resolved"]
