from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

PRODUCTION = {
    "DATABASE_URL": "postgres://midwatch@db/midwatch",
    "SECRET_KEY": "a-key",
    "MIDWATCH_ENCRYPTION_KEYS": "first, second",
}
# Given as a whole or not at all.
LANGUAGE_MODEL = {"MIDWATCH_LLM_URL": "http://127.0.0.1:9/v1", "MIDWATCH_LLM_MODEL": "small"}
COMPANY_LOGIN = {f"MIDWATCH_OIDC_{name}": "x" for name in ("URL", "CLIENT_ID", "CLIENT_SECRET")}


def test_nothing_set_means_embedded_with_keys_of_its_own(tmp_path: Path) -> None:
    settings = env.read({}, root=tmp_path)
    assert (settings.embedded, settings.home, settings.port) == (True, tmp_path / "var", 8000)
    assert settings.database_url == f"sqlite:///{tmp_path}/var/midwatch.sqlite3"
    assert all((settings.secret_key, *settings.encryption_keys))


def test_the_own_keys_stay_the_same(tmp_path: Path) -> None:
    assert env.read({}, root=tmp_path) == env.read({}, root=tmp_path)


def test_a_database_url_means_production(tmp_path: Path) -> None:
    settings = env.read(PRODUCTION, root=tmp_path)
    assert (settings.embedded, settings.encryption_keys) == (False, ("first", "second"))
    assert not (tmp_path / "var" / "keys").exists()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "MIDWATCH_ENCRYPTION_KEYS"])
def test_production_does_not_invent_keys(missing: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{missing} is not set"):
        env.read(PRODUCTION | {missing: ""}, root=tmp_path)


@pytest.mark.parametrize("name", env.VARIABLES)
def test_every_variable_is_read_from_a_file_as_well(name: str, tmp_path: Path) -> None:
    written = {"PORT": "9000", "MIDWATCH_PRIVATE_ADDRESSES": "refuse", "MIDWATCH_HOME": str(tmp_path / "home"),
               "MIDWATCH_WORKER_THREADS": "3", "MIDWATCH_API_RATE": "60", "MIDWATCH_KEEP_CHECKS": "90d",
               "MIDWATCH_EMERGENCY_TO": "ops@example.com", "MIDWATCH_SSO_ONLY": "yes", "MIDWATCH_MFA_ROLES": "manager",
               "MIDWATCH_LLM_URL": "https://models.example.com/v1", "MIDWATCH_LLM_TIMEOUT": "9s",
               "MIDWATCH_LLM_DAILY_BUDGET": "9", "MIDWATCH_LLM_TEAM_BUDGET": "8", "MIDWATCH_TRUSTED_PROXIES": "1",
               "MIDWATCH_KEEP_OBSERVATIONS": "24mo"}  # fmt: skip
    value = written.get(name, "postgres://db/x")
    (tmp_path / "value").write_text(f"{value}\n")
    others = {"MIDWATCH_HOME": str(tmp_path)} | PRODUCTION | COMPANY_LOGIN | LANGUAGE_MODEL
    from_file = env.read(others | {f"{name}_FILE": str(tmp_path / "value")}, root=tmp_path)
    assert from_file == env.read(others | {name: value}, root=tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE names /no/such/file, which cannot be read"):
        env.read({"SECRET_KEY_FILE": "/no/such/file"}, root=tmp_path)


@pytest.mark.parametrize("length", ["90", "1h", "0d", "forever", "200000d"])
def test_results_are_kept_for_at_least_a_day_and_at_most_a_century(length: str, tmp_path: Path) -> None:
    assert env.read({"MIDWATCH_KEEP_CHECKS": "2mo"}, root=tmp_path).keep_checks == timedelta(days=60)
    assert env.read({}, root=tmp_path).keep_observations == timedelta(days=400)
    with pytest.raises(ImproperlyConfigured, match="MIDWATCH_KEEP_CHECKS"):
        env.read({"MIDWATCH_KEEP_CHECKS": length}, root=tmp_path)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set it to a number from 1 to 65535"):
        env.read({"PORT": port}, root=tmp_path)


@pytest.mark.parametrize("threads", ["many", "0", "1001", "-1"])
def test_a_number_of_threads_that_is_none_is_refused(threads: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set it to a number from 1 to 1000"):
        env.read({"MIDWATCH_WORKER_THREADS": threads}, root=tmp_path)


def test_the_base_url_follows_the_port_and_has_no_slash_at_its_end(tmp_path: Path) -> None:
    assert env.read({"PORT": "9000"}, root=tmp_path).base_url == "http://127.0.0.1:9000"
    assert env.read({"MIDWATCH_BASE_URL": "https://watch.example.com/"}, root=tmp_path).base_url[-4:] == ".com"


def test_hosts_are_a_list_with_commas(tmp_path: Path) -> None:
    assert env.read({"ALLOWED_HOSTS": "a.example.com, b.example.com,"}, root=tmp_path).allowed_hosts == (
        "a.example.com",
        "b.example.com",
    )


@pytest.mark.parametrize(
    ("environ", "allowed"),
    [({}, True), (PRODUCTION, False), ({"MIDWATCH_PRIVATE_ADDRESSES": "refuse"}, False)],
    ids=["embedded", "production", "refused"],
)
def test_private_addresses_are_allowed_in_embedded_mode_alone(
    environ: dict[str, str], allowed: bool, tmp_path: Path
) -> None:
    assert env.read(environ, root=tmp_path).private_addresses is allowed


def test_a_switch_with_another_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="'allow', to 'refuse', or to the networks"):
        env.read({"MIDWATCH_PRIVATE_ADDRESSES": "yes"}, root=tmp_path)


def test_private_networks_can_be_named(tmp_path: Path) -> None:
    read = env.read({"MIDWATCH_PRIVATE_ADDRESSES": "10.20.0.0/16, 192.168.5.7"}, root=tmp_path).private_addresses
    assert [str(each) for each in read] == ["10.20.0.0/16", "192.168.5.7/32"]  # type: ignore[union-attr]


def test_the_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = env.read({"MIDWATCH_HOME": str(tmp_path / "a" / "home")}, root=tmp_path).home
    assert home.stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="file/home, and nothing can be written there: Not a directory"):
        env.read({"MIDWATCH_HOME": str(tmp_path / "file" / "home")}, root=tmp_path)


def test_keys_that_cannot_be_kept_name_their_folder(tmp_path: Path) -> None:
    (tmp_path / "keys").touch()
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY cannot be kept in .*/keys: .*Start Midwatch as"):
        env.read({"MIDWATCH_HOME": str(tmp_path)}, root=tmp_path)
