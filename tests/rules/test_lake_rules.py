"""Rules on files in a folder, from the listing to a verdict and an incident."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable, write_deltalake

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.connections.services import TableName, refresh_catalogue, save_connection
from apps.rules.models import Check
from apps.rules.services import RuleDraft, days_of, save_rule, suggest_tables
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, RuleMaker
from tests.servers.s3 import REGION, S3Server

Verdicts = Callable[[], dict[str, str]]
ORDERS = "sales.orders"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def connection(team: Team, root: Path) -> Connection:
    """A folder with the table sales.orders, of ten rows, written three hours before the night's check."""
    write(root, "1", NIGHT - timedelta(hours=3))
    return save_connection(team=team, name="lake", engine="lake", settings={"path": str(root)})


def write(root: Path, name: str, at: datetime, rows: int = 10) -> Path:
    """A file of sales.orders, which was written at `at`."""
    file = root / "sales" / "orders" / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as session:
        session.sql(f"SELECT range AS id, TIMESTAMPTZ '{at}' AS seen FROM range({rows})").write_parquet(str(file))
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def test_a_table_is_as_fresh_as_its_newest_file(
    root: Path, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule(table=ORDERS, every="1h", tolerance="10m")
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.get().measured == pytest.approx(3 * 3600, abs=1)
    clock.forward(minutes=30)
    write(root, "2", clock.now - timedelta(minutes=20))
    assert verdicts() == {ORDERS: "ok"}
    assert Check.objects.latest("pk").measured == pytest.approx(20 * 60, abs=1)
    assert Incident.objects.get().status == "resolved"


def test_the_total_of_rows_is_counted_again_only_when_files_changed(
    root: Path, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule("volume", name="Rows", table=ORDERS, drop=50)
    assert verdicts() == {ORDERS: "learning"}
    (root / "sales" / "orders" / "1.parquet").chmod(0o000)  # as long as it is not written, nobody opens it
    clock.forward(hours=1)
    assert verdicts() == {ORDERS: "ok"}
    write(root, "2", clock.now, rows=1)
    (root / "sales" / "orders" / "1.parquet").unlink()
    clock.forward(hours=1)
    assert verdicts() == {ORDERS: "breached"}
    assert Check.objects.latest("pk").measured == 1


def test_freshness_and_arrivals_are_read_from_a_column(make_rule: RuleMaker, verdicts: Verdicts) -> None:
    make_rule(table=ORDERS, every="1d", tolerance="0m", column="seen")
    make_rule("volume", name="Rows", table=ORDERS, column="seen", at_least=1)
    verdicts()
    assert Check.objects.filter(state__rule__kind="freshness").get().measured == 3 * 3600
    assert not Check.objects.filter(reason__contains="statement failed").exists()


def test_a_file_that_is_still_being_written_is_unknown_and_no_alarm_about_columns(
    root: Path, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    make_rule("schema", name="Columns", table=ORDERS)
    assert verdicts() == {ORDERS: "learning"}
    file = write(root, "2", clock.now)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    clock.forward(minutes=10)
    assert verdicts() == {ORDERS: "unknown"}
    assert "is no whole Parquet file: it is still being written, or damaged" in Check.objects.latest("pk").reason
    file.write_bytes(whole)
    clock.forward(minutes=10)
    assert verdicts() == {ORDERS: "ok"}


def test_a_rule_on_a_table_that_cannot_be_read_now_is_saved_with_a_warning(
    root: Path, team: Team, connection: Connection, clock: Clock
) -> None:
    write(root, "2", clock.now).write_bytes(b"PAR1")
    draft = RuleDraft(
        name="f", connection=connection, kind="freshness", table=ORDERS, settings={"every": "1h", "column": "seen"}
    )
    saved = save_rule(team=team, draft=draft, now=clock())
    assert ["was not verified" in warning and "no whole Parquet file" in warning for warning in saved.warnings] == [
        True
    ]


def test_compaction_of_a_delta_table_does_not_make_it_fresh(
    root: Path, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock
) -> None:
    folder = root / "sales" / "events"
    with duckdb.connect() as session:
        for _ in range(2):
            write_deltalake(folder, session.sql("SELECT 1 AS n"), mode="append")
    written = (NIGHT - timedelta(hours=3)).timestamp()
    for entry in folder.glob("_delta_log/*.json"):
        os.utime(entry, (written, written))
    make_rule(table="sales.events", every="1h", tolerance="10m")
    DeltaTable(folder).optimize.compact()
    os.utime(max(folder.glob("_delta_log/*.json")), (NIGHT.timestamp(), NIGHT.timestamp()))
    clock.forward(minutes=10)
    assert verdicts() == {"sales.events": "breached"}


def test_a_folder_in_s3_is_watched_in_the_same_way(
    team: Team, s3_server: S3Server, root: Path, make_rule: RuleMaker, verdicts: Verdicts, connection: Connection
) -> None:
    bucket = s3_server.create_bucket()
    s3_server.upload(root, bucket, "lake/")
    key = {"access_key_id": "reader", "secret_access_key": "gehe1m"}
    settings = {"path": f"s3://{bucket}/lake", "endpoint": s3_server.url, "region": REGION, **key}
    save_connection(team=team, name="lake", engine="lake", settings=settings, instance=connection)
    make_rule(table=ORDERS, every="1h", tolerance="10m", column="seen")
    make_rule("volume", name="Rows", table=ORDERS, drop=50)
    verdicts()
    assert dict(Check.objects.values_list("state__rule__kind", "verdict")) == {
        "freshness": "breached",
        "volume": "learning",
    }


def test_a_file_that_cannot_be_read_is_no_suggestion_and_its_days_say_why(connection: Connection, root: Path) -> None:
    (root / "sales" / "payments.parquet").write_text("not a Parquet file at all")
    refresh_catalogue(connection=connection, now=NIGHT)
    found = {str(each.table.name): each for each in suggest_tables(connection=connection, now=NIGHT).ranked}
    assert "Its columns could not be read." in found["sales.payments"].reason
    assert not found["sales.payments"].advised
    assert "could not be read" not in found[ORDERS].reason
    with pytest.raises(InvalidInput, match="is no whole Parquet file"):
        days_of(connection=connection, table=TableName("sales", "payments"), now=NIGHT)
