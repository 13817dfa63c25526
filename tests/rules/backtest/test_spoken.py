"""What people said of a table's past counts when a rule is tried on it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.alerts.models import Incident
from apps.alerts.services import acknowledge, close_as
from apps.connections.services import Column
from apps.rules.backtest.lots import Steps
from apps.rules.backtest.outcome import Tally, Trial
from apps.rules.backtest.past import ByColumn, ByColumns
from apps.rules.backtest.picture import chart_of, value_lines
from apps.rules.backtest.spoken import Called, Spoken
from apps.rules.backtest.words import said_words, sentence
from apps.rules.bands.marks import Mark, Marks
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.services import RuleDraft, Said, backtest, check_now, give_feedback
from tests.rules.backtest.pasts import DAY, HOUR, NOW, counted, loaded, rule, tried
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

TODAY = NOW.replace(hour=0)
DROP = rule("volume", column="created_at", drop="30%", spike=None)
WAIT = rule("freshness", every="1h", tolerance="10m", column="created_at")


def daily(*odd: tuple[int, int]) -> ByColumn:
    """A thousand rows a day at noon; `odd`: other numbers, by how many days ago."""
    rows = {NOW - back * DAY: 1_000 for back in range(1, 125)} | {NOW - back * DAY: count for back, count in odd}
    return counted({None: rows}, days=90)


def said(*times: tuple[str, float, float]) -> Spoken:
    """By meaning, from and until how many days before today."""
    return Spoken(
        Marks(tuple(Mark(meaning, TODAY - begins * DAY, TODAY - ends * DAY) for meaning, begins, ends in times))
    )


def told(trial: Trial) -> list[tuple[int, str]]:
    """How many days ago each alert's trouble began, and what people said of it."""
    alerts = sorted([*trial.alerts, *trial.excused], key=lambda alert: alert.opened)
    return [(round((TODAY - (alert.begins or alert.opened)) / DAY), alert.said) for alert in alerts]


def test_each_alert_is_known_by_what_people_said_of_its_period() -> None:
    spoken = said(("false_alarm", 12, 11), ("expected", 9, 8), ("ignore", 6, 5.5), ("missed", 3, 2))
    trial = tried(DROP, daily((12, 10), (9, 10), (6, 10), (3, 10), (2, 10)), spoken=spoken)
    assert told(trial) == [(12, "false_alarm"), (9, "expected"), (6, "ignore"), (3, "missed")]
    assert trial.tally(30) == Tally(alerts=2, false=1, real=1, found=1, excused=2)
    assert sentence([trial], 90).startswith(
        "Would have alerted twice in the last 30 days: on 10 and 19 November. 1 of them was called false by people. "
        "It finds the one real trouble that people told of. Twice more it was beyond its limits at times that people "
        "excused, which do not alert."
    )


def test_days_in_a_row_are_apart_where_people_said_different_things() -> None:
    trial = tried(DROP, daily((5, 10), (4, 10), (3, 10)), spoken=said(("expected", 4, 3)))
    assert told(trial) == [(5, ""), (4, "expected"), (3, "")]


def test_what_people_left_out_teaches_nothing() -> None:
    odd = [(back, 100) for back in range(20, 10, -1)]
    low_mean = tried(DROP, daily(*odd, (2, 600)))
    assert 2 not in [back for back, _ in told(low_mean)]
    assert (2, "") in told(tried(DROP, daily(*odd, (2, 600)), spoken=said(("ignore", 20, 10))))


def test_a_new_normal_counts_from_its_beginning_and_not_before() -> None:
    less = [(back, 600) for back in range(10, 0, -1)]
    spoken = said(("new_normal", 8, 7))
    assert [back for back, _ in told(tried(DROP, daily((40, 10), *less), spoken=spoken))] == [40, 10]
    assert max(point.low or 0 for point in tried(DROP, daily(*less), spoken=spoken).points[-3:]) == 420


def late(spoken: Spoken, **settings: str) -> Trial:
    """Hourly loads that stopped for half a day, ten days ago."""
    begins, ends = TODAY - 10 * DAY, TODAY - 9.5 * DAY
    loads = [at for at in (NOW - back * HOUR for back in range(20 * 24)) if not begins < at < ends]
    return tried(rule("freshness", every="1h", column="created_at", **settings), loaded(*loads, days=15), spoken=spoken)


@pytest.mark.parametrize(("begins", "ends", "alerts"), [
    (10, 9.5, [(10, "expected")]),
    (9.951, 9.5, [(10, "expected")]),  # since the check that found it
    (10, 9.7, [(10, "expected"), (10, "")]),  # it alerts when what was excused is over
    (9.8, 9.5, [(10, ""), (10, "expected")]),  # and before it begins
])  # fmt: skip
def test_a_wait_is_excused_while_what_was_said_lasts(begins: float, ends: float, alerts: list[tuple[int, str]]) -> None:
    assert told(late(said(("expected", begins, ends)))) == alerts


def test_a_wait_that_was_called_false_is_so_from_its_beginning() -> None:
    assert told(late(said(("false_alarm", 9.9, 9.5)), tolerance="5m")) == [(10, "false_alarm")]


def test_columns_that_are_the_new_normal_alert_no_more() -> None:
    full, short = (Column("id", "BIGINT"), Column("email", "TEXT")), (Column("id", "BIGINT"),)
    since = NOW - 3 * DAY
    steps = Steps.of([(since, full), (since + DAY, short)])
    spoken = Spoken(Marks((Mark("new_normal", since + DAY, since + 1.5 * DAY),)))
    trial = tried(rule("schema"), ByColumns(since, NOW, "made up", steps), spoken=spoken)
    assert [alert.closed is not None and alert.closed - alert.opened < HOUR for alert in trial.alerts] == [True]


def test_what_was_taken_up_is_real_and_found_or_not() -> None:
    trouble = [Called(TODAY - 8 * DAY, TODAY - 7.9 * DAY), Called(TODAY - 20 * DAY, TODAY - 19 * DAY)]
    trial = tried(DROP, daily((9, 10)), spoken=Spoken(alerts=trouble))
    assert told(trial) == [(9, "real")]
    assert trial.tally(30) == Tally(1, 0, real=2, found=1, excused=0)
    assert "It finds 1 of the 2 real troubles that people told of." in sentence([trial], 90)


@pytest.mark.parametrize(("tally", "words"), [
    (Tally(1, 1, 0, 0, 0), "It was called false by people."),
    (Tally(3, 3, 0, 0, 0), "All of them were called false by people."),
    (Tally(3, 0, 1, 0, 0), "It finds not the one real trouble that people told of."),
    (Tally(3, 0, 2, 0, 0), "It finds none of the 2 real troubles that people told of."),
    (Tally(3, 0, 0, 0, 0), ""),
])  # fmt: skip
def test_what_people_said_in_words(tally: Tally, words: str) -> None:
    assert said_words(tally) == words


def test_the_chart_and_the_list_tell_the_sorts_apart() -> None:
    spoken = said(("false_alarm", 12, 11), ("expected", 9, 8), ("missed", 3, 2))
    trial = tried(DROP, daily((12, 10), (9, 10), (5, 10), (3, 10)), spoken=spoken)
    chart = chart_of(trial)
    assert [mark["sort"] for mark in chart["views"][0]["marks"]] == ["false", "excused", "alert", "real"]
    assert [each["label"] for each in chart["said"]] == ["A false alarm", "Expected once", "A missed alert"]
    lines = {line.told: line.alerts for line in value_lines(trial)}
    assert lines == {"": False, "alert": True, "alert, real": True, "alert, called false": True,
                     "expected, no alert": False}  # fmt: skip


# From what is stored.


@pytest.fixture
def orders(make_rule: RuleMaker, past: Shop) -> Rule:
    """A rule on a shop with drops three, nine and twenty days ago, which it alerts on."""
    return make_rule("volume", column="created_at", drop="30%")


def attempt(orders: Rule, **settings: object) -> Trial:
    draft = RuleDraft(
        orders.name, orders.connection, orders.kind, orders.table, settings={**orders.settings, **settings}
    )
    [trial] = backtest(draft=draft, rule=orders, now=NIGHT).trials
    return trial


def call(orders: Rule, meaning: str, back: int) -> None:
    begins = NIGHT.replace(hour=0) - back * DAY
    give_feedback(rule=orders, table="", said=Said(meaning, begins, begins + DAY), user=None, by_name="Ada", now=NIGHT)


def test_feedback_of_the_rule_is_heard_and_what_was_taken_back_is_not(orders: Rule) -> None:
    call(orders, "false_alarm", 3)
    call(orders, "expected", 9)
    assert attempt(orders).tally(30) == Tally(alerts=2, false=1, real=0, found=0, excused=1)
    Feedback.objects.update(taken_back_at=NIGHT)
    assert attempt(orders).tally(30) == Tally(alerts=3, false=0, real=0, found=0, excused=0)


def test_other_limits_are_held_against_the_same_words(orders: Rule) -> None:
    call(orders, "missed", 20)
    assert attempt(orders, drop="95%").tally(30) == Tally(alerts=0, false=0, real=1, found=0, excused=0)


def test_of_a_rule_that_is_not_saved_nothing_was_said(orders: Rule) -> None:
    call(orders, "false_alarm", 3)
    draft = RuleDraft("Another", orders.connection, orders.kind, orders.table, settings=orders.settings)
    [trial] = backtest(draft=draft, now=NIGHT).trials
    assert trial.tally(30).false == 0


@pytest.mark.parametrize(("outcome", "said", "tally"), [
    ("false_alarm", "false_alarm", (1, 0)), ("expected", "harmless", (0, 0)), ("real", "real", (0, 1)),
    ("duplicate", "", (0, 0)),
])  # fmt: skip
def test_what_an_incident_was_closed_as_is_heard(
    orders: Rule, past: Shop, clock: Clock, outcome: str, said: str, tally: tuple[int, int]
) -> None:
    past.write("DELETE FROM orders WHERE created_at > TIMESTAMP '2026-11-20 00:00:00' AND id % 2000 > 100")
    check_now(rules=[orders], clock=clock)
    clock.forward(hours=2)
    close_as(incident=Incident.objects.get(), outcome=outcome, user=None, now=clock(), by="Ada")
    draft = RuleDraft(orders.name, orders.connection, orders.kind, orders.table, settings=orders.settings)
    [trial] = backtest(draft=draft, rule=orders, now=clock()).trials
    assert trial.alerts[-1].said == said
    assert (trial.tally(30).false, trial.tally(30).found) == tally


def test_an_alert_that_somebody_took_up_is_real_unless_it_was_called_false(
    orders: Rule, past: Shop, clock: Clock
) -> None:
    past.write("DELETE FROM orders WHERE created_at > TIMESTAMP '2026-11-20 00:00:00' AND id % 2000 > 100")
    check_now(rules=[orders], clock=clock)
    incident = Incident.objects.get()
    acknowledge(incident=incident, user=None, now=clock(), by="Ada")
    clock.forward(hours=2)
    now = clock() + timedelta(minutes=1)
    draft = RuleDraft(orders.name, orders.connection, orders.kind, orders.table, settings=orders.settings)
    [trial] = backtest(draft=draft, rule=orders, now=now).trials
    assert trial.alerts[-1].said == "real"
    assert (trial.tally(30).real, trial.tally(30).found) == (1, 1)
    assert RuleState.objects.get().verdict == "breached"
    call(orders, "false_alarm", 1)
    [trial] = backtest(draft=draft, rule=orders, now=now).trials
    assert (trial.alerts[-1].said, trial.tally(30).real) == ("false_alarm", 0)
