import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.api.firststart import first_login
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.teams.models import Role, Team, User
from apps.teams.services import use_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="data-ops")


def connection_with_a_secret(team: Team) -> Connection:
    settings = {"host": "db", "database": "app", "user": "midwatch", "password": "hunter2"}
    return save_connection(team=team, name="app", engine="postgres", settings=settings)


def test_the_first_login_may_do_everything() -> None:
    login = first_login(email="admin@midwatch.local")
    assert login
    user = User.objects.get()
    assert user.is_superuser
    assert user.check_password(login.password)


def test_there_is_no_first_login_once_there_are_people() -> None:
    User.objects.create_user("ann@example.com")
    assert first_login(email="admin@midwatch.local") is None
    assert User.objects.count() == 1


def test_two_installations_do_not_share_a_password() -> None:
    first = first_login(email="admin@midwatch.local")
    User.objects.all().delete()
    second = first_login(email="admin@midwatch.local")
    assert first
    assert second
    assert first.password != second.password


def test_a_token_is_printed_alone_so_that_scripts_can_read_it(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("token", team="data-ops", name="ci", role="viewer")
    token = use_token(key=capsys.readouterr().out.strip())
    assert token
    assert (token.team, token.role) == (team, Role.VIEWER)


def test_a_token_for_an_unknown_team_names_the_nearest(team: Team) -> None:
    with pytest.raises(CommandError, match=r"There is no team 'data-opps'\. Did you mean data-ops\?"):
        call_command("token", team="data-opps", name="ci")


def test_rotate_keys_says_how_many_it_moved(team: Team, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    connection_with_a_secret(team)
    settings.MIDWATCH_ENCRYPTION_KEYS = (Fernet.generate_key().decode(), *settings.MIDWATCH_ENCRYPTION_KEYS)
    call_command("rotate_keys")
    assert capsys.readouterr().out.startswith("1 secrets sealed with the first key; 0 had it already.")


def test_rotate_keys_fails_when_no_key_fits(team: Team, settings: Settings) -> None:
    row = connection_with_a_secret(team)
    settings.MIDWATCH_ENCRYPTION_KEYS = (Fernet.generate_key().decode(),)
    with pytest.raises(CommandError, match=f"No key opens the secrets of connection {row.pk}"):
        call_command("rotate_keys")
