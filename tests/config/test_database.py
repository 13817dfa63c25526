import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database import POSTGRES, SQLITE, settings


def test_a_postgres_url_is_read_and_its_sessions_are_kept() -> None:
    found = settings("postgres://ann:p%40w@db.example.com:5433/midwatch")
    assert (found["ENGINE"], found["HOST"], found["PORT"], found["NAME"]) == (
        POSTGRES, "db.example.com", 5433, "midwatch",
    )  # fmt: skip
    assert (found["USER"], found["PASSWORD"], found["CONN_MAX_AGE"]) == ("ann", "p@w", 600)


def test_sqlite_takes_its_write_lock_at_the_start_and_keeps_a_log() -> None:
    found = settings("sqlite:////data/midwatch.sqlite3")
    assert (found["ENGINE"], found["NAME"]) == (SQLITE, "/data/midwatch.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgress://db/midwatch",
        "mysql://ann:hunter2@db/x",
        "postgres://ann:hunter2@db:x/y",
        "postgres://db",
    ],
)
def test_a_url_that_is_not_understood_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Write postgres://user:password@host:port/name") as caught:
        settings(url)
    assert "hunter2" not in str(caught.value)
