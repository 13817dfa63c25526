"""MotherDuck, as far as it can be tried without its extension: settings, words, and that nothing is downloaded."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import duckdb
import pytest

from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections.engines.duckdb import DuckDB, DuckDBSettings
from apps.connections.engines.duckdb_motherduck import SAID, _failed, lock_up
from apps.connections.engines.errors import ConnectionFailed, DatabaseMissing, LoginRefused
from apps.connections.names import TableName

TOKEN = "eyJ-gehe1m"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder in which DuckDB has no extensions."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def cloud(path: str = "md:shop") -> DuckDB:
    return DuckDB(DuckDBSettings.model_validate({"path": path, "token": TOKEN}))


def test_without_the_extension_the_line_that_installs_it_is_told_and_nothing_is_downloaded(home: Path) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        cloud().open()
    line = str(caught.value).partition("try again: ")[2]
    assert shlex.split(line) == [sys.executable, "-c", 'import duckdb; duckdb.sql("INSTALL motherduck")']
    assert "Run this as the account that runs Midwatch" in str(caught.value)
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("info", [True, False], ids=["with its info file", "alone"])
def test_an_extension_that_does_not_load_is_told_without_the_token(home: Path, info: bool) -> None:
    with duckdb.connect() as session:
        sql = "SELECT library_version, (SELECT platform FROM pragma_platform()) FROM pragma_version()"
        version, platform = session.execute(sql).fetchall()[0]
    folder = home / ".duckdb" / "extensions" / version / platform
    folder.mkdir(parents=True)
    (folder / "motherduck.duckdb_extension").write_bytes(b"no extension" * 100)
    if info:
        (folder / "motherduck.duckdb_extension.info").write_bytes(b"")
    with pytest.raises(ConnectionFailed, match=r"^MotherDuck cannot be used: ") as caught:
        cloud().open()
    assert TOKEN not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        (
            "Your request is not authenticated. Please check your MotherDuck token. (Jwt",
            LoginRefused,
            "Enter a new one",
        ),
        ("Catalog Error: no database/share named 'shop' found", DatabaseMissing, "has no database shop"),
        ("IO Error: something new", ConnectionFailed, "cannot be used: IO Error: something new."),
    ],
)
def test_what_motherduck_says_is_told_in_words(said: str, error: type[ConnectionFailed], sentence: str) -> None:
    told = _failed(said, "shop")
    assert type(told) is error
    assert sentence in str(told)


def test_every_sentence_can_be_written() -> None:
    assert all(sentence.format(name="shop").endswith(".") for _, _, sentence in SAID)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"path": "md:shop"}, "MotherDuck needs a token"),  # without one its extension would open a browser
        ({"path": "md:", "token": TOKEN}, "the name of one database"),
        ({"path": "md:shop?saas_mode=false", "token": TOKEN}, "the name of one database"),
        ({"path": "md:a/b", "token": TOKEN}, "the name of one database"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_settings(DuckDBSettings, settings)


def test_a_path_of_motherducks_is_no_path_of_a_file() -> None:
    assert DuckDB.resolve({"path": "md:shop"}, folder="/srv") == {"path": "md:shop"}
    assert DuckDBSettings(path="shop.duckdb").is_motherduck is False


def test_the_token_is_a_secret() -> None:
    settings = cloud().settings
    assert settings.plain() == {"path": "md:shop"}
    assert settings.secrets() == {"token": TOKEN}
    assert TOKEN not in repr(settings)


def test_the_locks_keep_a_session_from_files_and_cannot_be_taken_off(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("password\ngehe1m\n")
    with duckdb.connect() as session:
        lock_up(session)
        for sql in (f"SELECT * FROM '{tmp_path}/secret.csv'", "SET disabled_filesystems = ''", "SET TimeZone = 'CET'"):
            with pytest.raises(duckdb.Error):
                session.execute(sql)


def test_a_session_that_does_not_take_the_locks_is_closed() -> None:
    session = duckdb.connect(config={"lock_configuration": "true"})
    with pytest.raises(duckdb.Error, match="locked"):
        lock_up(session)
    with pytest.raises(duckdb.ConnectionException, match="closed"):
        session.execute("SELECT 1")


def test_motherduck_tells_no_changes_rather_than_some() -> None:
    assert cloud().fingerprints([TableName("main", "orders")]) == {}
