"""The past as Midwatch stored it: of any rule that looked at the same of the table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection, Table, TableVersion
from apps.connections.services import refresh_catalogue
from apps.rules.backtest.past import NoPast, Past
from apps.rules.backtest.sought import Sought
from apps.rules.backtest.stored import stored_past
from apps.rules.drafts import RuleDraft
from apps.rules.models import Observation, Rule, RuleState
from apps.rules.services import Backtest, backtest
from apps.rules.validation import read
from tests.rules.conftest import NIGHT, RuleMaker

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NIGHT.replace(hour=0)


def observe(rule: Rule, measure: str, *pairs: tuple[datetime, float], segment: str = "") -> None:
    """What checks of the rule stored, the last of them now."""
    RuleState.objects.filter(rule=rule).update(last_check_at=NIGHT)
    state = RuleState.objects.get(rule=rule)
    Observation.objects.bulk_create(
        Observation(state=state, measure=measure, at=at, value=value, segment=segment) for at, value in pairs
    )


def daily(rows: int = 1_000, *, days: int = 60, **odd: int) -> list[tuple[datetime, float]]:
    """Rows a day; `odd`: as `d5=10`, other numbers by how many days ago."""
    return [(MIDNIGHT - back * DAY, float(odd.get(f"d{back}", rows))) for back in range(1, days)]


def tried(connection: Connection, kind: str, **settings: Any) -> Backtest:
    return backtest(draft=RuleDraft("New", connection, kind, "main.orders", settings=settings), now=NIGHT)


def past_of(connection: Connection, kind: str, **settings: Any) -> Past:
    """The stored past for a draft, although the table could be read."""
    checked = read(RuleDraft("New", connection, kind, "main.orders", settings=settings))
    return stored_past(Sought(connection, checked.subject, checked.kind, NIGHT - 90 * DAY, NIGHT))


def test_totals_that_any_rule_counted(connection: Connection, make_rule: RuleMaker) -> None:
    observe(make_rule("volume", drop="90%", spike=None), "row_count", (NIGHT - 40 * DAY, 1_000), (NIGHT - 5 * DAY, 700),
            (NIGHT - 4 * DAY, 1_000))  # fmt: skip
    found = tried(connection, "volume", drop="20%", spike=None)
    assert found.sentence.startswith("Would have alerted once in the last 30 days: on 16 November.")
    assert found.trials[0].source == "what the rule Orders found at its checks"


def test_faulty_rows_that_a_rule_with_another_limit_found(connection: Connection, make_rule: RuleMaker) -> None:
    rule = make_rule("nulls", column="updated_at", at_most=100)
    observe(rule, "measured", (NIGHT - 20 * DAY, 0), (NIGHT - 3 * DAY, 7), (NIGHT - 2 * DAY, 0))
    counts = [len(tried(connection, "nulls", column="updated_at", at_most=most).trials[0].alerts) for most in (0, 6, 7)]
    assert counts == [1, 1, 0]
    assert "no history" in tried(connection, "nulls", column="created_at").sentence


def test_a_share_is_taken_of_the_rows_there_were(connection: Connection, make_rule: RuleMaker) -> None:
    observe(make_rule("volume", name="Total"), "row_count", (NIGHT - 20 * DAY, 1_000))
    observe(make_rule("nulls", column="updated_at"), "measured", (NIGHT - 20 * DAY, 0), (NIGHT - 3 * DAY, 15))
    shares = {share: tried(connection, "nulls", column="updated_at", at_most_share=share) for share in ("1%", "2%")}
    assert [len(found.trials[0].alerts) for found in shares.values()] == [1, 0]


@pytest.mark.parametrize(
    ("kind", "settings", "loose", "tight"),
    [
        ("unique", {"columns": ["id"]}, {"at_most": 100}, {"at_most": 50}),
        ("sql", {"sql": "SELECT COUNT(*) FROM {table}"}, {"at_most": 100}, {"at_most": 50}),
        ("distribution", {"column": "id", "statistic": "mean"}, {"at_most": 100}, {"at_most": 50}),
        ("distribution", {"column": "id", "statistic": "zero_share"}, {"at_most": 99}, {"at_most": 50}),
    ],
)
def test_numbers_of_other_kinds(
    connection: Connection, make_rule: RuleMaker, kind: str, settings: Any, loose: Any, tight: Any
) -> None:
    observe(make_rule("volume", name="Total"), "row_count", (NIGHT - 20 * DAY, 1_000))
    rule = make_rule(kind, **settings, **loose)
    observe(rule, "measured", (NIGHT - 20 * DAY, 3), (NIGHT - 4 * DAY, 70.5 if kind == "distribution" else 70))
    trials = [tried(connection, kind, **settings, **limits).trials[0] for limits in (loose, tight)]
    assert [trial.reason for trial in trials] == ["", ""]
    assert [len(trial.alerts) for trial in trials] == [0, 1]


def test_changes_that_the_store_told(connection: Connection, make_rule: RuleMaker) -> None:
    hours = [NIGHT - back * HOUR for back in range(1, 240) if back not in (50, 51, 52)]
    observe(make_rule("freshness", every="1d"), "changed", *((at, at.timestamp()) for at in hours))
    found = tried(connection, "freshness", every="1h", tolerance="10m")
    assert [round((NIGHT - alert.opened) / HOUR, 1) for alert in found.trials[0].alerts] == [51.8]


def test_the_versions_of_the_columns(connection: Connection) -> None:
    refresh_catalogue(connection=connection, now=NIGHT - 20 * DAY)
    first = TableVersion.objects.get()
    for back, columns in ((10, first.columns[:-1]), (9, first.columns)):
        TableVersion.objects.create(table=Table.objects.get(), seen_at=NIGHT - back * DAY, columns=columns)
    found = tried(connection, "schema")
    assert found.sentence.startswith("Would have alerted once in the last 20 days: on 11 November.")


def test_days_that_another_rule_counted(connection: Connection, make_rule: RuleMaker) -> None:
    observe(make_rule("volume", column="created_at", drop="90%"), "rows_arrived", *daily(d5=10))
    past = past_of(connection, "volume", column="created_at", drop="30%")
    assert (past.since, past.until) == (MIDNIGHT - 59 * DAY, NIGHT)


@pytest.mark.parametrize(
    "settings",
    [{"column": "updated_at"}, {"column": "created_at", "where": "id > 5"}, {"column": "created_at", "per": "1h"},
     {"column": "created_at", "by": "id"}],
)  # fmt: skip
def test_what_was_counted_otherwise_says_nothing(
    connection: Connection, make_rule: RuleMaker, settings: dict[str, str]
) -> None:
    observe(make_rule("volume", column="created_at"), "rows_arrived", *daily())
    with pytest.raises(NoPast):
        past_of(connection, "volume", **settings)


def test_of_a_past_with_a_hole_the_newest_part_counts(connection: Connection, make_rule: RuleMaker) -> None:
    known = [pair for pair in daily() if not 20 <= (MIDNIGHT - pair[0]) / DAY <= 25]
    observe(make_rule("volume", column="created_at"), "rows_arrived", *known)
    assert past_of(connection, "volume", column="created_at").since == MIDNIGHT - 19 * DAY


def test_a_rule_that_never_ran_has_stored_nothing(connection: Connection, make_rule: RuleMaker) -> None:
    make_rule("volume")
    assert "has stored anything yet" in tried(connection, "volume").sentence
