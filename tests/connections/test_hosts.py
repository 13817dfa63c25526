"""What may stand in the field for a host."""

from __future__ import annotations

import pytest

from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections.services import ENGINES

LOGIN = {"database": "app", "user": "reader"}
SERVERS = ("postgres", "redshift", "mysql")


@pytest.mark.parametrize("engine", SERVERS)
@pytest.mark.parametrize(
    "host",
    [
        "x.redshift.amazonaws.com:5439/dev",
        "https://db.example.com",
        "db.example.com/app",
        "me@db.example.com",
        "[::1]:1",
    ],
)
def test_what_is_more_than_a_host_is_refused_at_its_field(engine: str, host: str) -> None:
    with pytest.raises(
        InvalidInput, match="Write the host alone; port and database have fields of their own"
    ) as caught:
        check_settings(ENGINES[engine].Settings, {**LOGIN, "host": host})
    assert caught.value.field == "host"


@pytest.mark.parametrize("engine", SERVERS)
@pytest.mark.parametrize("host", ["db", "db.example.com", "10.0.0.1", "::1", "[::1]", "fe80::1%eth0"])
def test_names_and_addresses_are_taken_as_they_are(engine: str, host: str) -> None:
    assert check_settings(ENGINES[engine].Settings, {**LOGIN, "host": host}).plain()["host"] == host


@pytest.mark.parametrize("host", ["/var/run/postgresql", "one.example.com,two.example.com"])
def test_postgres_takes_the_folder_of_a_socket_and_several_hosts(host: str) -> None:
    assert check_settings(ENGINES["postgres"].Settings, {**LOGIN, "host": host}).plain()["host"] == host
