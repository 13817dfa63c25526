import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from apps.common.fields import Sealed, SecretsUnreadable
from apps.common.rotation import Rotation, rotate, unreadable_secrets
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.teams.models import Team

SECRETS = {"password": "hunter2"}


@pytest.fixture
def connection(db: None) -> Connection:
    team = Team.objects.create(name="data-ops")
    settings = {"host": "db", "database": "app", "user": "midwatch", **SECRETS}
    return save_connection(team=team, name="app", engine="postgres", settings=settings)


@pytest.fixture
def new_key() -> str:
    return Fernet.generate_key().decode()


def test_secrets_come_back_as_they_were() -> None:
    assert Sealed.of(SECRETS).open() == SECRETS


def test_no_secrets_take_no_room() -> None:
    assert not Sealed.of({})
    assert Sealed.of({}).open() == {}


def test_a_sealed_value_shows_nothing_of_itself() -> None:
    sealed = Sealed.of(SECRETS)
    assert f"{sealed} {sealed!r}" == "Sealed(…) Sealed(…)"
    assert "hunter2" not in sealed.token


def test_another_key_opens_nothing(settings: Settings, new_key: str) -> None:
    sealed = Sealed.of(SECRETS)
    settings.MIDWATCH_ENCRYPTION_KEYS = (new_key,)
    with pytest.raises(SecretsUnreadable, match="MIDWATCH_ENCRYPTION_KEYS"):
        sealed.open()


def test_the_database_holds_no_secret_in_clear(connection: Connection) -> None:
    stored = Connection.objects.raw("SELECT id, secrets AS raw FROM connections_connection")[0]
    assert "hunter2" not in stored.raw  # type: ignore[attr-defined]
    assert Connection.objects.get().secrets.open() == SECRETS


def test_the_history_holds_no_secret_at_all(connection: Connection) -> None:
    assert "secrets" not in {field.name for field in Connection.history.model._meta.get_fields()}


def test_rotation_moves_secrets_to_the_first_key(connection: Connection, settings: Settings, new_key: str) -> None:
    settings.MIDWATCH_ENCRYPTION_KEYS = (new_key, *settings.MIDWATCH_ENCRYPTION_KEYS)
    assert rotate() == Rotation(moved=1, current=0, unreadable=())
    settings.MIDWATCH_ENCRYPTION_KEYS = (new_key,)
    assert Connection.objects.get().secrets.open() == SECRETS


def test_a_second_rotation_changes_nothing(connection: Connection, settings: Settings, new_key: str) -> None:
    settings.MIDWATCH_ENCRYPTION_KEYS = (new_key, *settings.MIDWATCH_ENCRYPTION_KEYS)
    rotate()
    token = Connection.objects.get().secrets.token
    assert rotate() == Rotation(moved=0, current=1, unreadable=())
    assert Connection.objects.get().secrets.token == token


def test_rotation_leaves_alone_what_no_key_opens(connection: Connection, settings: Settings, new_key: str) -> None:
    settings.MIDWATCH_ENCRYPTION_KEYS = (new_key,)
    assert rotate() == Rotation(moved=0, current=0, unreadable=(f"connection {connection.pk}",))
    assert unreadable_secrets() == [f"connection {connection.pk}"]
