"""The words of a message, letter by letter where people rely on them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.notes import REPEATED
from apps.summaries.wording import Text, compose, title

BASE: dict[str, Any] = {
    "rule": "Orders keep arriving",
    "kind": "freshness",
    "connection": "shop",
    "table": "main.orders",
    "sentence": "Alerts if main.orders has not changed for more than 70 min.",
    "timezone": "Europe/Berlin",
    "checked_at": "2026-11-21T07:20:00+00:00",
    "source": "column updated_at",
    "trust": "exact",
    "reason": "",
}
STALE = BASE | {"situation": "stale", "age_seconds": 7800.0, "allowed_seconds": 4200.0,
                "last_change": "2026-11-21T05:10:00+00:00", "deadline": None}  # fmt: skip
DROP = BASE | {"situation": "drop", "rows": 350, "expected_rows": 1000.2, "low": 800.0, "high": None, "per": "1d",
               "difference_percent": -65.0, "period_start": "2026-11-19T23:00:00+00:00",
               "period_end": "2026-11-20T23:00:00+00:00", "baseline_words": "the mean of the last 30 days"}  # fmt: skip
SCHEMA = BASE | {"situation": "schema", "added": [["discount", "numeric"]], "removed": [["price", "integer"]],
                 "changed": [["quantity", "integer", "text"]]}  # fmt: skip
UNKNOWN = BASE | {"situation": "unknown", "reason": "The query ran longer than 30 s"}
CONNECTION = {"situation": "connection", "rule": "", "connection": "shop", "table": "", "rules": 12,
              "reason": "The host db1 does not answer on port 5432.", "timezone": "UTC"}  # fmt: skip
BUDGET = {"situation": "budget", "rule": "", "connection": "dwh", "table": "", "rules": 3, "reason": "",
          "used_bytes": 49_900_000_000, "limit_bytes": 50_000_000_000, "timezone": "Europe/Berlin",
          "begins_anew": "2026-11-22T00:00:00+00:00"}  # fmt: skip
END = {"opened_at": "2026-11-21T06:00:00+00:00", "resolved_at": "2026-11-21T07:20:00+00:00",
       "duration_seconds": 4800.0, "by": "", "trouble": "main.orders has not changed for 2 h"}  # fmt: skip
TEST = {"situation": "test", "channel": "ops-mail", "team": "Data", "timezone": "UTC"}


def told(facts: dict[str, Any], kind: str = "opened", *, repeated: bool = False) -> Text:
    return compose(kind=kind, facts=facts, severity="high", repeated=repeated)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4260, "1 h 11 min"), (7800, "2 h 10 min"), (15_060, "4 h 11 min"), (93_600, "1 day 2 h")],
)
def test_a_stale_table_is_told_with_its_age(seconds: int, words: str) -> None:
    text = told(STALE | {"age_seconds": seconds})
    assert text.subject == f"[High] Orders keep arriving: main.orders has not changed for {words}"
    assert text.headline == (
        f"main.orders has not changed for {words}. Its last change was on 21 Nov 2026, 06:10 (Europe/Berlin). "
        "The limit is 70 min."
    )


def test_the_details_of_a_stale_table_are_complete_and_in_order() -> None:
    text = told(STALE)
    assert text.details == (
        ("Table", "main.orders"),
        ("Connection", "shop"),
        ("Unchanged for", "2 h 10 min"),
        ("Last change", "21 Nov 2026, 06:10 (Europe/Berlin)"),
        ("Limit", "70 min"),
        ("Rule", "Orders keep arriving"),
        ("When it alerts", "Alerts if main.orders has not changed for more than 70 min."),
        ("Measured by", "column updated_at"),
        ("Checked", "21 Nov 2026, 08:20 (Europe/Berlin)"),
        ("Severity", "High"),
    )
    assert text.footer == "You get this because the rule “Orders keep arriving” names this channel."


def test_a_missed_deadline_is_told_as_a_clock_time() -> None:
    text = told(STALE | {"allowed_seconds": None, "deadline": "2026-11-21T05:00:00+00:00"})
    assert text.headline.endswith("A change was due by 21 Nov 2026, 06:00 (Europe/Berlin).")


def test_a_table_that_never_changed_is_told_so_with_the_reason() -> None:
    text = told(STALE | {"age_seconds": None, "last_change": None, "reason": "The table is empty"})
    assert text.headline == "main.orders has never been seen to change. The limit is 70 min."
    assert ("Remark", "The table is empty.") in text.details


def test_a_drop_is_told_in_percent_with_what_was_seen_and_expected() -> None:
    text = told(DROP)
    assert text.subject == "[High] Orders keep arriving: main.orders received 65 % fewer rows than expected"
    assert text.headline == (
        "main.orders received 65 % fewer rows than expected. It received 350 rows on 20 Nov 2026 (Europe/Berlin); "
        "1,000 were expected (65 % below the mean of the last 30 days)."
    )
    assert ("Difference", "65 % below the mean of the last 30 days") in text.details


def test_a_spike_of_an_hour_names_the_hour() -> None:
    hour = {"period_start": "2026-11-21T05:00:00+00:00", "period_end": "2026-11-21T06:00:00+00:00", "per": "1h"}
    text = told(DROP | hour | {"situation": "spike", "rows": 12_345, "difference_percent": 185.55})
    assert "main.orders received 185.5 % more rows than expected." in text.headline
    assert ("Seen", "12,345 rows on 21 Nov 2026 from 06:00 to 07:00 (Europe/Berlin)") in text.details


def test_a_total_without_an_expectation_is_told_with_its_limits() -> None:
    facts = {"situation": "spike", "per": None, "expected_rows": None, "difference_percent": None, "high": 2000.0}
    text = told(DROP | facts | {"rows": 3500, "period_start": None})
    assert text.headline == (
        "main.orders holds 3,500 rows, too many. It holds 3,500 rows; from 800 to 2,000 rows are fine."
    )


def test_a_table_with_rows_left_is_never_a_hundred_percent_below() -> None:
    assert "99.9 % fewer" in told(DROP | {"rows": 1, "difference_percent": -99.99}).subject


def test_changed_columns_are_named_with_their_types() -> None:
    text = told(SCHEMA)
    assert text.headline == (
        "The columns of main.orders changed (1 added, 1 removed, 1 of another type). Added: discount (numeric). "
        "Removed: price (integer). Of another type: quantity (integer → text)."
    )
    assert ("Columns added", "discount (numeric)") in text.details
    assert ("Types changed", "quantity (integer → text)") in text.details


def test_a_long_list_of_columns_says_how_many_more_there_are() -> None:
    text = told(SCHEMA | {"added": [[f"c{number}", "int"] for number in range(1020)]})
    assert dict(text.details)["Columns added"].endswith("c19 (int), and 1,000 more")


def test_what_could_not_be_checked_is_no_breach_and_has_a_reason() -> None:
    assert told(UNKNOWN).headline == "main.orders could not be checked. The query ran longer than 30 s."


def test_a_connection_that_fails_names_how_many_rules_wait() -> None:
    text = told(CONNECTION)
    assert text.subject == "[High] The connection shop cannot be used"
    assert text.headline.endswith("on port 5432. 12 rules cannot be checked until then.")
    assert text.footer == "You get this because a rule that needs this connection names this channel."


def test_a_budget_that_is_used_up_says_how_much_was_used_when_it_begins_anew_and_what_to_do() -> None:
    text = told(BUDGET)
    assert text.subject == "[High] The connection dwh may be billed no more bytes today"
    assert text.headline == (
        "The connection dwh may be billed no more bytes today. 49.9 GB of 50 GB were billed so far. What 3 rules would "
        "read is more than is left, so they are not checked; they are checked again by themselves from 22 Nov 2026, "
        "01:00 (Europe/Berlin) on. To check them sooner, raise the connection's most bytes per day. Rules that read "
        "nothing go on."
    )
    assert text.details == (
        ("Connection", "dwh"),
        ("Billed today", "49.9 GB"),
        ("Most bytes per day", "50 GB"),
        ("Rules that wait", "3"),
        ("Begins anew", "22 Nov 2026, 01:00 (Europe/Berlin)"),
        ("Severity", "High"),
    )
    assert text.footer == "You get this because a rule that needs this connection names this channel."


@pytest.mark.parametrize(
    ("facts", "headline"),
    [
        (
            STALE | {"last_change": "2026-11-21T07:10:00+00:00"},
            (
                "The data is back: main.orders is up to date again; its last change was on "
                "21 Nov 2026, 08:10 (Europe/Berlin). The trouble lasted 1 h 20 min."
            ),
        ),
        (
            DROP | {"rows": 1010},
            (
                "The data is back: main.orders received 1,010 rows on 20 Nov 2026 (Europe/Berlin), "
                "which is as expected. The trouble lasted 1 h 20 min."
            ),
        ),
        (SCHEMA, "main.orders has its expected columns again. The trouble lasted 1 h 20 min."),
        (UNKNOWN, "main.orders can be checked again. The trouble lasted 1 h 20 min."),
        (CONNECTION, "The connection shop can be used again. The trouble lasted 1 h 20 min."),
        (BUDGET, "The connection dwh may be billed again, so its rules are checked. The trouble lasted 1 h 20 min."),
    ],
)
def test_the_end_says_what_returned_and_how_long_it_lasted(facts: dict[str, Any], headline: str) -> None:
    text = told(facts | END, "resolved")
    assert text.headline == headline
    assert ("Lasted", "1 h 20 min") in text.details
    assert ("What it was", "main.orders has not changed for 2 h.") in text.details


def test_an_end_by_a_person_does_not_claim_that_the_data_is_back() -> None:
    text = told(STALE | END | {"by": "Anna Berg"}, "resolved")
    assert text.headline.startswith("Anna Berg closed the incident about main.orders, which was open for 1 h 20 min.")
    assert "back" not in text.headline


def test_a_return_is_told_as_one() -> None:
    text = told(STALE | {"reopened": 2}, "reopened")
    assert text.subject.startswith("[High] Orders keep arriving: It came back: main.orders has not changed")
    assert ("Came back", "2 times within 24 hours") in text.details


def test_a_repeat_begins_with_saying_so() -> None:
    assert told(STALE, repeated=True).details[0] == ("Please note", REPEATED)


def test_a_test_message_cannot_be_mistaken_for_an_alert() -> None:
    text = told(TEST, "test")
    assert text.subject == "[Test] Midwatch reaches ops-mail"
    assert "Nothing is wrong" in text.headline


@pytest.mark.parametrize("kind", ["opened", "reopened", "resolved"])
@pytest.mark.parametrize(
    "situation", ["stale", "drop", "spike", "schema", "unknown", "connection", "budget", "unheard of"]
)
def test_facts_that_lack_everything_are_told_all_the_same(kind: str, situation: str) -> None:
    text = told({"situation": situation}, kind)
    assert text.subject
    assert text.headline.endswith(".")


@pytest.mark.parametrize("nonsense", ["many", {}, [1]])
def test_malformed_facts_are_told_plainly_instead_of_not_at_all(nonsense: Any) -> None:
    facts = STALE | {"age_seconds": nonsense}
    assert told(facts).subject == "[High] Orders keep arriving: main.orders needs attention"
    assert title(facts=facts) == "main.orders needs attention"


@pytest.mark.parametrize("name", ["a\r\nBcc: b", "a\u2028b", "a\x00b", "a\u202eb", "a\ud800b", "n" * 3000])
def test_no_name_breaks_a_subject(name: str) -> None:
    subject = told(STALE | {"rule": name, "table": name, "connection": name}).subject
    assert subject.isprintable()
    assert len(subject) <= 200
    subject.encode()


def test_the_same_facts_give_the_same_words() -> None:
    assert told(DROP) == told(dict(reversed(DROP.items())))


def test_an_unknown_zone_falls_back_to_utc() -> None:
    assert ("Checked", "21 Nov 2026, 07:20 (UTC)") in told(STALE | {"timezone": "Mars/Olympus"}).details


def test_summer_time_is_respected() -> None:
    facts = STALE | {"checked_at": "2026-07-01T07:20:00+00:00"}
    assert ("Checked", "1 Jul 2026, 09:20 (Europe/Berlin)") in told(facts).details
