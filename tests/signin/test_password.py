"""Coming in by password, with a second step where there is one, and out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import Fernet
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from apps.teams.models import Role, Team, User
from apps.teams.services import add_member
from apps.teams.templatetags.signin import browser

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "anna@example.com", "a long enough passphrase"


@pytest.fixture
def anna() -> User:
    return User.objects.create_user(EMAIL, PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, email: str = EMAIL, **more: str) -> str:
    """Where it leads to; empty for the page again."""
    return client.post("/login/", {"username": email, "password": password, **more}).headers.get("Location", "")


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


@pytest.fixture
def secret(client: Client, anna: User) -> str:
    """Anna set up an authenticator app, and is out again."""
    sign_in(client)
    address = "/account/second-step/totp/activate/"
    client.post(f"/account/reauthenticate/?next={address}", {"password": PASSWORD})
    page = client.get(address).content.decode()
    found = re.search(r'id="authenticator_secret"[^>]*value="(\w+)"', page)
    assert found
    assert client.post(address, {"code": code_of(found[1])}).status_code == 302
    client.post("/logout/")
    return found[1]


def test_the_session_gets_a_new_key_at_the_sign_in(client: Client, anna: User) -> None:
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sessionid"] = planted = str(session.session_key)
    assert sign_in(client) == "/"
    assert client.cookies["sessionid"].value != planted


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client: Client, anna: User, onward: str) -> None:
    assert sign_in(client, next=onward) == "/"


def test_the_page_that_was_asked_for_comes_next(client: Client, anna: User) -> None:
    assert sign_in(client, next="/rules/rule/") == "/rules/rule/"


def test_a_form_from_elsewhere_signs_nobody_in(anna: User) -> None:
    assert (
        Client(enforce_csrf_checks=True).post("/login/", {"username": EMAIL, "password": PASSWORD}).status_code == 403
    )


def test_who_is_unknown_or_has_no_password_costs_as_many_hashes_as_a_wrong_password(
    client: Client, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode: Callable[..., str] = Argon2PasswordHasher.encode

    def counted(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(salt)
        return encode(self, password, salt)

    def compared(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        hashed.append(encoded)
        return False

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", compared)
    counts = []
    User.objects.create_user("by-company@example.com")
    for email in (EMAIL, "nobody@example.com", "by-company@example.com"):
        hashed.clear()
        assert sign_in(client, "guessed wrong", email) == ""
        counts.append(len(hashed))
    assert counts[0] == counts[1] == counts[2] > 0


def test_after_five_failures_even_the_right_password_waits(client: Client, anna: User) -> None:
    for _ in range(5):
        sign_in(client, "guessed wrong")
    assert sign_in(client) == ""
    assert "Too many failed" in client.post("/login/", {"username": EMAIL, "password": PASSWORD}).content.decode()


def test_somebody_who_was_deactivated_stays_out(client: Client, anna: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(client) == "/account/inactive/"
    assert client.get("/").status_code == 302


def test_without_the_second_step_nobody_is_in(client: Client, secret: str) -> None:
    assert sign_in(client) == "/account/second-step/authenticate/"
    assert client.get("/").status_code == 302
    client.post("/account/second-step/authenticate/", {"code": "000000"})
    assert client.get("/").status_code == 302


def test_a_recovery_code_lets_in_once(client: Client, secret: str) -> None:
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in(client)
    client.post("/account/second-step/authenticate/", {"code": code})
    assert client.get("/").status_code == 200
    client.post("/logout/")
    sign_in(client)
    client.post("/account/second-step/authenticate/", {"code": code})
    assert client.get("/").status_code == 302


def test_a_second_step_is_not_set_up_without_the_password_once_more(client: Client, anna: User) -> None:
    sign_in(client)
    answer = client.get("/account/second-step/totp/activate/")
    assert answer.headers["Location"].startswith("/account/reauthenticate/")


def test_the_secrets_of_second_steps_lie_sealed(secret: str) -> None:
    assert secret not in str(Authenticator.objects.values())


@pytest.mark.parametrize(("role", "led"), [(Role.MANAGER, True), (Role.VIEWER, False)])
def test_a_role_that_needs_a_second_step_is_led_to_set_it_up(
    client: Client, anna: User, settings: Settings, role: Role, led: bool
) -> None:
    settings.MIDWATCH_MFA_ROLES = ["manager", "administrator"]
    add_member(team=Team.objects.create(name="Data"), user=anna, role=role)
    sign_in(client)
    for address in ("/", "/api/v1/rules"):
        assert (client.get(address).headers.get("Location") == "/account/second-step/") is led


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_either_second_step_will_do(client: Client, anna: User, settings: Settings, kind: str) -> None:
    settings.MIDWATCH_MFA_ROLES = ["viewer"]
    add_member(team=Team.objects.create(name="Data"), user=anna, role=Role.VIEWER)
    sign_in(client)
    assert client.get("/").status_code == 302
    Authenticator.objects.create(user=anna, type=kind, data={})
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on an iPhone"),
        ("curl/8.0", "curl/8.0"),
    ],
)
def test_browsers_are_named_as_people_do(agent: str, shown: str) -> None:
    assert browser(agent) == shown


def test_sessions_elsewhere_are_listed_and_ended(anna: User) -> None:
    here, elsewhere = Client(), Client(headers={"user-agent": "Laptop at home"})
    sign_in(here)
    sign_in(elsewhere)
    assert "Laptop at home" in here.get("/account/sessions/").content.decode()
    here.post("/account/sessions/")
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(client: Client, anna: User) -> None:
    client.post("/account/password/reset/", {"email": EMAIL})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1]).headers["Location"]
    client.post(form, {"password1": "another long passphrase", "password2": "another long passphrase"})
    assert sign_in(client, "another long passphrase") == "/"


def test_asking_for_a_new_password_tells_nobody_who_is_known(client: Client, anna: User) -> None:
    known = client.post("/account/password/reset/", {"email": EMAIL})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.com"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert [each.to for each in mail.outbox] == [[EMAIL]]


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    for address in ("/account/signup/", "/account/company/signup/"):
        assert client.post(address, {"email": EMAIL, "password1": PASSWORD}).headers["Location"] == "/login/"
    assert not User.objects.exists()


def test_the_secrets_of_second_steps_move_to_a_new_key(secret: str, settings: Settings) -> None:
    settings.MIDWATCH_ENCRYPTION_KEYS = [new := Fernet.generate_key().decode(), *settings.MIDWATCH_ENCRYPTION_KEYS]
    call_command("rotate_keys", stdout=StringIO())
    settings.MIDWATCH_ENCRYPTION_KEYS = [new]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret)) is not None
    assert len(Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()) == 10
