"""People come in by a real OpenID provider, which says who they are and in which groups."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.changes.models import AuditEntry
from apps.common.clock import utc_now
from apps.teams.models import Invitation, Member, Role, SignInProvider, Team, User
from apps.teams.services import add_member
from apps.teams.signin.invitations import invite
from config import env
from tests.signin.conftest import ComeIn

pytestmark = pytest.mark.django_db
EMAIL = "anna@example.com"


@pytest.fixture(autouse=True)
def _mapping(provider: SignInProvider, team: Team) -> None:
    provider.mappings.create(group="data", team=team, role=Role.VIEWER)
    provider.mappings.create(group="data-admins", team=team, role=Role.ADMINISTRATOR)


def roles() -> dict[str, str]:
    return {member.team.name: member.role for member in Member.objects.filter(user__email=EMAIL)}


def test_whoever_comes_for_the_first_time_has_an_account_and_the_teams_of_the_groups(come_in: ComeIn) -> None:
    client, answer = come_in(EMAIL, groups=["data", "cooks"])
    assert answer.headers["Location"] == "/"
    assert client.get("/").context["user"].email == EMAIL
    assert User.objects.get().name == "Anna Berg"
    assert not User.objects.get().has_usable_password()
    assert roles() == {"Data": "viewer"}


def test_of_several_groups_the_one_that_may_most_decides(come_in: ComeIn) -> None:
    come_in(EMAIL, groups=["data-admins", "data"])
    assert roles() == {"Data": "administrator"}


def test_leaving_the_group_ends_the_membership_at_the_next_sign_in(come_in: ComeIn) -> None:
    come_in(EMAIL, groups=["data"])
    come_in(EMAIL, groups=["cooks"])
    assert roles() == {}
    assert Member.history.latest().history_change_reason == "the groups at a sign-in by Okta"


def test_a_membership_that_a_person_gave_stays_as_it_is(come_in: ComeIn, team: Team) -> None:
    add_member(team=team, user=User.objects.create_user(EMAIL), role=Role.MANAGER)
    come_in(EMAIL, groups=["data"])
    come_in(EMAIL, groups=[])
    assert roles() == {"Data": "manager"}


def test_a_role_that_an_administrator_changed_is_the_persons_own_from_then_on(come_in: ComeIn, team: Team) -> None:
    come_in(EMAIL, groups=["data"])
    add_member(team=team, user=User.objects.get(), role=Role.OPERATOR)
    come_in(EMAIL, groups=["data"])
    assert roles() == {"Data": "operator"}


def test_an_account_of_the_same_address_is_gone_on_with_and_keeps_its_password(come_in: ComeIn) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    client, _ = come_in(EMAIL)
    assert client.get("/").status_code == 200
    assert User.objects.get().check_password("a long enough passphrase")


def test_a_password_does_not_outlive_the_groups(come_in: ComeIn, client: Client) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    come_in(EMAIL, groups=["data"])
    page = client.post("/login/", {"username": EMAIL, "password": "a long enough passphrase"}).content.decode()
    assert "Your teams come from Okta. Sign in with it." in page
    assert client.get("/").status_code == 302


def test_whoever_came_by_the_company_login_gets_no_password_by_mail(come_in: ComeIn) -> None:
    client, _ = come_in(EMAIL, groups=["data"])
    Client().post("/account/password/reset/", {"email": EMAIL})
    assert mail.outbox == []
    page = client.get("/account/password/change/", follow=True).content.decode()
    assert "You have no password here" in page


def test_a_session_of_the_company_ends_within_twelve_hours(come_in: ComeIn) -> None:
    client, _ = come_in(EMAIL)
    assert client.session.get_expiry_date() <= timezone.now() + timedelta(hours=12)


def test_another_domain_is_refused_with_the_reason(come_in: ComeIn) -> None:
    client, answer = come_in("eve@elsewhere.example", groups=["data-admins"])
    assert answer.status_code == 403
    assert "Only addresses of example.com may sign in" in answer.content.decode()
    assert not User.objects.exists()
    assert client.get("/").status_code == 302
    said = AuditEntry.objects.get(act="sign_in_failed").sentence
    assert said == "Somebody could not sign in as eve@elsewhere.example."


def test_an_address_that_the_provider_does_not_vouch_for_takes_over_nobody(come_in: ComeIn) -> None:
    User.objects.create_superuser(EMAIL, "a long enough passphrase")
    client, answer = come_in(EMAIL, verified=False)
    assert (answer.status_code, client.get("/").status_code) == (403, 302)


def test_an_address_that_only_looks_like_anothers_takes_over_nobody(come_in: ComeIn) -> None:
    user = User.objects.create_user("mike@example.com")
    _, answer = come_in("mi\u212ae@example.com", groups=["data"])
    assert answer.status_code == 403
    assert not Member.objects.filter(user=user).exists()


def test_a_provider_of_ones_own_may_be_trusted_with_addresses(come_in: ComeIn, provider: SignInProvider) -> None:
    provider.settings["trust_email"] = True
    provider.save()
    assert come_in(EMAIL, verified=False)[1].status_code == 302


def test_whoever_was_deactivated_stays_out(come_in: ComeIn) -> None:
    come_in(EMAIL, groups=["data"])
    User.objects.update(is_active=False)
    client, _ = come_in(EMAIL, groups=["data"])
    assert client.get("/").status_code == 302


def test_a_provider_that_is_switched_off_brings_nobody_in(client: Client, provider: SignInProvider) -> None:
    provider.enabled = False
    provider.save()
    assert client.get("/account/oidc/okta/login/").status_code == 404
    assert "Continue with Okta" not in client.get("/login/").content.decode()


def test_a_provider_that_is_away_gives_a_page_that_says_so(client: Client, provider: SignInProvider) -> None:
    provider.settings["server_url"] = "http://127.0.0.1:9"
    provider.save()
    assert "The company login failed" in client.get("/account/oidc/okta/login/").content.decode()


def test_the_sign_in_ends_on_the_page_that_was_asked_for_but_on_no_other_site(come_in: ComeIn) -> None:
    assert come_in(EMAIL, onward="/rules/rule/")[1].headers["Location"] == "/rules/rule/"
    assert come_in(EMAIL, onward="https://evil.example/")[1].headers["Location"] == "/"


def test_a_forged_answer_of_the_provider_signs_nobody_in(client: Client, provider: SignInProvider) -> None:
    client.get("/account/oidc/okta/login/callback/?code=x&state=y")
    assert client.get("/").status_code == 302


def test_no_secret_lies_in_the_clear(provider: SignInProvider) -> None:
    assert "between us" not in str(SignInProvider.objects.values()) + str(SignInProvider.history.values())


def test_single_sign_on_only_refuses_passwords(client: Client, provider: SignInProvider) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    SignInProvider.objects.update(only_way_in=True)
    page = client.post("/login/", {"username": EMAIL, "password": "a long enough passphrase"}).content.decode()
    assert "Passwords open nothing here" in page
    assert 'name="password"' not in page
    assert client.get("/").status_code == 302
    assert client.get("/account/password/reset/").headers["Location"] == "/login/"


def test_an_invited_person_joins_by_the_company_login(come_in: ComeIn, team: Team) -> None:
    SignInProvider.objects.update(only_way_in=True)
    by = User.objects.create_user("boss@example.com")
    _, key = invite(team=team, email=EMAIL, role=Role.OPERATOR, by=by, now=utc_now())
    assert Client().get(f"/invitation/{key}/").headers["Location"] == f"/login/?next=/invitation/{key}/"
    client, answer = come_in(EMAIL, onward=f"/invitation/{key}/")
    client.post(answer.headers["Location"])
    assert roles() == {"Data": "operator"}
    assert Invitation.objects.get().accepted_at


def test_the_environment_alone_can_configure_a_provider(
    client: Client, settings: Settings, provider: SignInProvider, issuer: str
) -> None:
    provider.delete()
    settings.MIDWATCH_OIDC = {
        "url": issuer,
        "client_id": "m",
        "client_secret": "s3cret-of-env",
        "groups_claim": "roles",
    }
    settings.MIDWATCH_SSO_ONLY = True
    page = client.get("/login/").content.decode()
    assert "Continue with Company login" in page
    assert 'name="password"' not in page
    assert client.get("/account/oidc/company/login/").headers["Location"].startswith(issuer)


def test_half_a_provider_in_the_environment_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="lacks MIDWATCH_OIDC_CLIENT_ID, MIDWATCH_OIDC_CLIENT_SECRET"):
        env.read({"MIDWATCH_OIDC_URL": "https://login.example.com"}, root=tmp_path)
