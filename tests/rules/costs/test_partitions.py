"""Tables that are stored by days: the newest days are read first, and a filter stands where one is required."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.rules.models import Check
from tests.rules.conftest import Clock
from tests.rules.costs.conftest import MB, Dwh, MakeRule, hours_ago

Verdicts = Callable[[], dict[str, str]]
REQUIRED = "OPTIONS (require_partition_filter = TRUE)"


def statements(dwh: Dwh) -> list[str]:
    return [job.request["query"] for job in dwh.scans]


@pytest.fixture
def visits(dwh: Dwh) -> Dwh:
    """A row a day for a hundred days, the newest two hours old, in a table that wants a filter on `at`."""
    dwh.write(
        f"CREATE TABLE visits (at TIMESTAMP, seen TIMESTAMP, n INT64) PARTITION BY DATE(at) {REQUIRED}",
        *(
            f"INSERT INTO visits VALUES ({hours_ago(2 + 24 * day)}, {hours_ago(2 + 24 * day)}, {day})"
            for day in range(100)
        ),
    )
    dwh.size("visits", 1)  # so a hundred days of a column weigh 100 MB
    return dwh


def test_the_newest_time_is_found_in_the_newest_days(visits: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    make_rule(table="shop.visits", every="1d", column="at")
    assert verdicts() == {"shop.visits": "ok"}
    assert Check.objects.get().measured == 2 * 3600
    (job,) = visits.scans
    assert "WHERE `at` >= TIMESTAMP '2026-11-13 03:00:00+00:00'" in job.request["query"]
    assert job.read.bytes <= 10 * MB


def test_later_checks_read_from_the_newest_time_that_was_seen(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table="shop.visits", every="1d", column="at")
    verdicts()
    clock.forward(hours=2)
    visits.write(f"INSERT INTO visits VALUES ({hours_ago(0)}, NULL, 0)")
    visits.forget()
    verdicts()
    assert "`at` >= TIMESTAMP '2026-11-20 01:00:00+00:00'" in statements(visits)[0]
    assert Check.objects.latest("pk").measured == 2 * 3600


def test_a_table_whose_newest_days_are_empty_is_read_whole(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    dwh.write(f"CREATE TABLE old (at DATE) PARTITION BY at {REQUIRED}", "INSERT INTO old VALUES ('2026-09-01'), (NULL)")
    make_rule(table="shop.old", every="1w", column="at")
    assert verdicts() == {"shop.old": "breached"}
    first, second = statements(dwh)
    assert "WHERE `at` >= DATE '2026-11-13'" in first
    assert "WHERE (`at` >= DATE '0001-01-01' OR `at` IS NULL)" in second


def test_rows_that_vanished_since_make_it_look_further_back(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table="shop.visits", every="1d", column="at")
    verdicts()
    visits.write("DELETE FROM visits WHERE n < 10")
    clock.forward(minutes=5)
    verdicts()
    assert Check.objects.latest("pk").measured == pytest.approx((10 * 24 + 2) * 3600 + 300)


def test_times_in_the_future_are_left_out_within_the_same_days(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    visits.write("INSERT INTO visits VALUES ('2092-01-01 00:00:00+00', NULL, 0)")
    make_rule(table="shop.visits", every="1d", column="at")
    assert verdicts() == {"shop.visits": "ok"}
    check = Check.objects.get()
    assert check.measured == 2 * 3600
    assert "1 row lies in the future" in check.reason
    assert max(job.read.bytes for job in visits.scans) <= 30 * MB


def test_a_far_future_alone_in_the_newest_days_does_not_hide_the_older_ones(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    dwh.write(
        f"CREATE TABLE odd (at TIMESTAMP) PARTITION BY DATE(at) {REQUIRED}",
        f"INSERT INTO odd VALUES ({hours_ago(24 * 40)}), ('2092-01-01 00:00:00+00')",
    )
    make_rule(table="shop.odd", every="1d", column="at")
    assert verdicts() == {"shop.odd": "breached"}
    assert Check.objects.get().measured == 24 * 40 * 3600


@pytest.mark.parametrize(("kind", "settings"), [
    ("freshness", {"every": "1d", "column": "seen"}),
    ("volume", {"column": "seen", "per": "1d", "at_least": 1}),
    ("volume", {"at_least": 1}),
])  # fmt: skip
def test_what_is_read_by_another_column_gets_a_filter_that_takes_every_row_in(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts, kind: str, settings: dict[str, object]
) -> None:
    visits.write("INSERT INTO visits VALUES (NULL, NULL, -1)")
    make_rule(kind, table="shop.visits", **settings)
    assert "unknown" not in verdicts().values()
    (statement,) = statements(visits)
    assert "(`at` >= TIMESTAMP '0001-01-01 00:00:00+00:00' OR `at` IS NULL)" in statement


def test_rows_are_counted_with_those_that_have_no_day(visits: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    visits.write("INSERT INTO visits VALUES (NULL, NULL, -1)")
    make_rule("volume", table="shop.visits", at_least=1)
    verdicts()
    assert Check.objects.get().measured == 101


def test_rows_per_day_of_the_partitioning_column_need_no_other_filter(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    make_rule("volume", table="shop.visits", column="at", baseline="10d", at_least=1)
    assert "unknown" not in verdicts().values()
    (job,) = visits.scans
    assert "IS NULL" not in job.request["query"]
    assert job.read.bytes <= 13 * MB


def test_a_table_that_wants_no_filter_gets_none_where_all_of_it_is_read(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    dwh.write("CREATE TABLE free (at TIMESTAMP) PARTITION BY DATE(at)", f"INSERT INTO free VALUES ({hours_ago(1)})")
    make_rule("volume", table="shop.free", at_least=1)
    verdicts()
    assert "WHERE" not in statements(dwh)[0]
    assert sum(job.read.billed for job in dwh.scans) == 0


def test_one_table_that_wants_a_filter_does_not_split_the_batch(
    visits: Dwh, make_rule: MakeRule, verdicts: Verdicts
) -> None:
    make_rule("volume", include=("shop.*",), at_least=1, drop=None, spike=None)
    visits.forget()
    assert "unknown" not in verdicts().values()
    assert len(visits.scans) == 1
    assert visits.dry_runs == 2


def test_tables_that_are_partitioned_by_numbers_or_by_the_time_of_loading(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, clock: Clock
) -> None:
    dwh.write(
        f"CREATE TABLE ranges (n INT64, at TIMESTAMP) PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 9)) {REQUIRED}",
        f"INSERT INTO ranges VALUES (1, {hours_ago(1)})",
        f"CREATE TABLE loaded (at TIMESTAMP) PARTITION BY _PARTITIONDATE {REQUIRED}",
        f"INSERT INTO loaded (at) VALUES ({hours_ago(1)})",
    )
    make_rule(name="Ranges", table="shop.ranges", every="1d", column="at")
    make_rule(name="Loaded", table="shop.loaded", every="1d", column="at")
    make_rule(name="By loading", table="shop.loaded", every="2d", column="_PARTITIONTIME")
    verdicts()
    assert set(Check.objects.values_list("verdict", flat=True)) == {"ok"}
    assert any("`_PARTITIONTIME` >= TIMESTAMP '0001" in statement for statement in statements(dwh))


def test_the_double_refuses_what_bigquery_refuses_and_bills_what_the_filter_leaves(visits: Dwh) -> None:
    warehouse = visits.server.warehouse
    read = warehouse.prepare(f"SELECT max(at) FROM shop.visits WHERE at >= {hours_ago(47)} AND n > 0", "")
    assert read.bytes == 2 * 3 * MB  # the days begun within 47 hours, two columns
    for where in ("", "WHERE n > 0", "WHERE n > 0 OR at IS NULL", "WHERE at > seen"):
        with pytest.raises(Exception, match="without a filter over column"):
            warehouse.prepare(f"SELECT max(n) FROM shop.visits {where}", "")
