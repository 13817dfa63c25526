"""A lake without one of the packages that only some folders and tables need: it says which line installs it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from deltalake import write_deltalake
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from apps.connections.engines import contract
from apps.connections.engines.errors import ConnectionFailed, QueryFailed
from apps.connections.engines.lake import PACKAGES, Lake
from apps.connections.engines.lake_settings import LakeSettings
from apps.connections.names import TableName
from tests.connections.iceberg_tables import IcebergTable

Without = Callable[[str], list[str]]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Without]:
    """Make a package one that Python cannot find; returns the line that installs it."""

    def hide(package: str) -> list[str]:
        monkeypatch.setitem(sys.modules, package, None)
        contract._installed.cache_clear()
        return [sys.executable, "-m", "pip", "install", PACKAGES[package]]

    yield hide
    monkeypatch.undo()
    contract._installed.cache_clear()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with the tables plain, delta and iceberg, each of one row."""
    (tmp_path / "plain.csv").write_text("id\n1\n")
    with duckdb.connect() as session:
        write_deltalake(tmp_path / "delta", session.sql("SELECT 1 AS id"))
    IcebergTable(tmp_path / "iceberg", Schema(NestedField(1, "id", LongType()))).append("SELECT 1::BIGINT AS id")
    return Lake(LakeSettings(path=str(tmp_path)))


def told(error: Exception) -> list[str]:
    return shlex.split(str(error).partition("restart Midwatch: ")[2])


@pytest.mark.parametrize(("package", "table"), [("deltalake", "delta"), ("pyiceberg", "iceberg")])
def test_without_its_package_a_table_is_seen_and_not_read_and_the_others_go_on(
    lake: Lake, without: Without, package: str, table: str
) -> None:
    line, name = without(package), TableName("files", table)
    with lake as session:
        assert session.observe()[name].changed_at is not None
        assert set(session.columns()) == {
            TableName("files", other) for other in {"plain", "delta", "iceberg"} - {table}
        }
        assert package in session.unreadable[name]
        assert session.query("SELECT id FROM plain") == [(1,)]
        with pytest.raises(QueryFailed, match="Midwatch needs a package to read") as caught:
            session.query(f"SELECT id FROM {table}")
    assert told(caught.value) == line


def test_without_its_package_s3_is_refused_and_the_disk_is_not(lake: Lake, without: Without) -> None:
    line = without("s3fs")
    with lake as session:
        assert session.query("SELECT id FROM plain") == [(1,)]
    with pytest.raises(ConnectionFailed, match="Midwatch needs a package to read S3") as caught:
        Lake(LakeSettings(path="s3://bucket/lake")).open()
    assert told(caught.value) == line
