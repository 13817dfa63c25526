"""When catalogues are read, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from apps.connections import tasks
from apps.connections.cataloguepage import catalogue_words
from apps.connections.fitness import note_no_catalogue
from apps.connections.models import Connection, ConnectionState, Table
from apps.connections.schedule import LEASE, Claim, ask, claim_due, claim_now, finish, give_back, is_due
from apps.connections.services import note_answer, note_failure, save_connection
from apps.rules.models import Rule
from apps.teams.models import Team
from config.celery import app

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "failing", "costs", "due"),
    [
        (59 * MINUTE, False, False, False), (HOUR, False, False, True),
        (9 * MINUTE, True, False, False), (10 * MINUTE, True, False, True),
        (23 * HOUR, False, True, False), (DAY, False, True, True), (10 * MINUTE, True, True, True),
        (-LEASE, False, False, False), (-LEASE, True, False, False),
    ],
)  # fmt: skip
def test_a_catalogue_is_due_after_an_hour_sooner_after_a_failure_and_daily_where_it_costs(
    ago: timedelta, failing: bool, costs: bool, due: bool
) -> None:
    assert is_due(NIGHT - ago, failing=failing, costs=costs, now=NIGHT) == due


def test_a_catalogue_that_was_never_read_is_due() -> None:
    assert is_due(None, failing=False, costs=True, now=NIGHT)


@pytest.fixture
def connections(db: None, tmp_path: Path) -> list[Connection]:
    """Three data stores; one can be read."""
    team = Team.objects.create(name="Watchers")
    duckdb.connect(str(tmp_path / "0.duckdb")).execute("CREATE TABLE orders (id INTEGER)").close()
    return [
        save_connection(team=team, name=f"store {n}", engine="duckdb", settings={"path": str(tmp_path / f"{n}.duckdb")})
        for n in range(3)
    ]


def read_at(connection: Connection) -> datetime | None:
    return ConnectionState.objects.get(connection=connection).catalogued_at


def test_a_few_are_claimed_a_tick_those_that_waited_longest_first(connections: list[Connection]) -> None:
    first, second, third = connections
    ConnectionState.objects.filter(connection=first).update(catalogued_at=NIGHT - 2 * HOUR)
    ConnectionState.objects.filter(connection=third).update(catalogued_at=NIGHT - 3 * HOUR)
    assert [claim.connection_id for claim in claim_due(NIGHT)] == [second.pk, third.pk]
    assert [claim.connection_id for claim in claim_due(NIGHT)] == [first.pk]
    assert claim_due(NIGHT) == []


def test_a_claim_keeps_everybody_else_out_until_it_runs_out(connections: list[Connection]) -> None:
    claim = claim_now(connections[0], NIGHT)
    assert claim is not None
    assert claim_now(connections[0], NIGHT + LEASE / 2) is None
    assert claim_now(connections[0], NIGHT + LEASE) is not None
    assert not finish(claim, NIGHT + LEASE)


def test_a_claim_that_nobody_could_take_up_is_as_if_it_had_not_been_made(connections: list[Connection]) -> None:
    ConnectionState.objects.update(catalogued_at=NIGHT - 2 * HOUR)
    for claim in claim_due(NIGHT):
        give_back(claim)
    assert {read_at(connection) for connection in connections} == {NIGHT - 2 * HOUR}


def test_a_claim_finds_its_way_through_the_broker(connections: list[Connection]) -> None:
    claim = claim_now(connections[0], NIGHT)
    assert claim is not None
    assert finish(Claim.of(claim.connection_id, claim.token), NIGHT)


def test_what_is_asked_for_is_due_at_once_unless_it_is_being_read(connections: list[Connection]) -> None:
    first, second, _ = connections
    ConnectionState.objects.update(catalogued_at=NIGHT)
    claim_now(second, NIGHT)
    for connection in (first, second):
        ask(connection, NIGHT)
    assert read_at(first) is None
    assert read_at(second) == NIGHT + LEASE


def test_a_saved_connection_is_due_at_once_and_one_that_did_not_change_is_not(connections: list[Connection]) -> None:
    first = connections[0]
    ConnectionState.objects.update(catalogued_at=NIGHT)
    save_connection(team=first.team, name=first.name, engine="duckdb", settings=first.settings, instance=first)
    assert read_at(first) == NIGHT
    save_connection(team=first.team, name="renamed", engine="duckdb", settings=first.settings, instance=first)
    assert read_at(first) is None


def test_a_store_that_a_pass_finds_back_is_read_at_once(connections: list[Connection]) -> None:
    ConnectionState.objects.update(catalogued_at=NIGHT)
    note_answer(connections[0], tables=1, views=0, now=NIGHT)
    assert read_at(connections[0]) == NIGHT
    note_failure(connections[0], reason="Nobody answered.", now=NIGHT)
    note_answer(connections[0], tables=1, views=0, now=NIGHT + HOUR)
    assert read_at(connections[0]) is None


def test_a_pass_that_succeeds_does_not_make_a_failed_reading_look_well(connections: list[Connection]) -> None:
    first = connections[0]
    ConnectionState.objects.update(catalogued_at=NIGHT)
    note_no_catalogue(first, reason="Its columns may not be read.", now=NIGHT)
    assert not note_answer(first, tables=1, views=0, now=NIGHT + MINUTE)
    assert "could not be read" in catalogue_words(ConnectionState.objects.get(connection=first), NIGHT + 2 * MINUTE)
    assert claim_due(NIGHT + 9 * MINUTE) == []
    assert [claim.connection_id for claim in claim_due(NIGHT + 10 * MINUTE)] == [first.pk]


def fail_a_pass(connection: Connection, *, paused: bool = False) -> None:
    """Read at NIGHT, with one rule, whose pass fails a minute later."""
    Rule.objects.create(team=connection.team, connection=connection, name="r", kind="freshness", paused=paused)
    ConnectionState.objects.update(catalogued_at=NIGHT)
    note_failure(connection, reason="Nobody answered.", now=NIGHT + MINUTE)


def test_while_passes_fail_they_alone_try_the_store_until_one_succeeds(connections: list[Connection]) -> None:
    """A store that hangs holds one worker then, not two."""
    first, *others = connections
    fail_a_pass(first)
    assert {claim.connection_id for claim in claim_due(NIGHT + HOUR)} == {other.pk for other in others}
    assert claim_due(NIGHT + HOUR) == []
    note_answer(first, tables=1, views=0, now=NIGHT + HOUR)
    assert [claim.connection_id for claim in claim_due(NIGHT + HOUR)] == [first.pk]


def test_without_a_rule_that_is_checked_a_reading_tries_a_store_that_failed(connections: list[Connection]) -> None:
    fail_a_pass(connections[0], paused=True)
    assert [claim.connection_id for claim in claim_due(NIGHT + 10 * MINUTE)] == [connections[0].pk]


def test_a_person_who_asks_has_a_failing_store_read_once(connections: list[Connection]) -> None:
    first = connections[0]
    fail_a_pass(first)
    ask(first, NIGHT + 2 * MINUTE)
    (claim,) = claim_due(NIGHT + 2 * MINUTE)
    assert finish(claim, NIGHT + 2 * MINUTE)
    assert claim_due(NIGHT + 59 * MINUTE) == []


def test_while_passes_fail_the_page_says_when_the_tables_are_read_again(connections: list[Connection]) -> None:
    fail_a_pass(connections[0])
    words = catalogue_words(ConnectionState.objects.get(connection=connections[0]), NIGHT + HOUR)
    assert words.startswith("Its tables and columns are going to be read again as soon as the data store answers.")


def test_a_pass_counts_its_own_failures_from_its_own_first(connections: list[Connection]) -> None:
    """A reading may have failed long before; the pass gives the store a second chance all the same."""
    ConnectionState.objects.update(failing_since=NIGHT - HOUR, error="It was busy.")
    assert note_failure(connections[0], reason="It was busy.", now=NIGHT) == NIGHT
    assert note_failure(connections[0], reason="It was busy.", now=NIGHT + MINUTE) == NIGHT


def test_the_task_reads_what_was_claimed_and_only_that(connections: list[Connection]) -> None:
    claim = claim_now(connections[0], NIGHT)
    assert claim is not None
    tasks.read_catalogue(connections[0].pk, (NIGHT + HOUR).isoformat())
    assert not Table.objects.exists()
    tasks.read_catalogue(claim.connection_id, claim.token)
    assert Table.objects.get().name == "orders"


def test_a_connection_that_was_deleted_meanwhile_is_nobodys_trouble(connections: list[Connection]) -> None:
    claim = claim_now(connections[0], NIGHT)
    assert claim is not None
    Connection.objects.all().delete()
    tasks.read_catalogue(claim.connection_id, claim.token)


def test_a_tick_queues_a_task_for_each(connections: list[Connection]) -> None:
    tasks.tick()
    assert app.control.purge() == 2
    being_read = ConnectionState.objects.exclude(catalogued_at=None)
    assert [state.connection_id for state in being_read.order_by("pk")] == [one.pk for one in connections[:2]]
