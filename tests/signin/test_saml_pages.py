"""Superusers set up SAML and the keys of provisioning on the page of a provider, and nobody else does."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.teams.models import Member, ProvisioningToken, Role, SignInProvider, Team, User
from apps.teams.services import add_member
from tests.servers.saml import IdentityProvider, Signer
from tests.signin.scim import Sender

FORM: dict[str, Any] = {
    "kind": "saml", "name": "Company", "key": "adfs", "domains": "example.com", "groups_claim": "groups",
    "enabled": "on", "mappings-TOTAL_FORMS": 0, "mappings-INITIAL_FORMS": 0,
}  # fmt: skip
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><r>&a;&b;</r>'


@pytest.fixture
def superuser(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def added(superuser: Client, **given: Any) -> str:
    return superuser.post("/teams/signinprovider/add/", {**FORM, **given}).content.decode()


def tried(superuser: Client, provider: SignInProvider) -> str:
    return superuser.post(f"/teams/signinprovider/{provider.pk}/try/", {"test": "1"}).content.decode()


@pytest.mark.parametrize("pasted", [True, False])
def test_saml_is_set_up_by_an_address_or_by_xml(superuser: Client, idp: IdentityProvider, pasted: bool) -> None:
    how = {"metadata": idp.metadata} if pasted else {"metadata_url": f"{idp.origin}/metadata"}
    assert added(superuser, **how) == ""
    made = SignInProvider.objects.get()
    page = tried(superuser, made)
    assert f"It calls itself {idp.issuer}." in page
    assert "Its certificate is good until" in page
    assert "/account/saml/adfs/metadata/" in page
    shown = superuser.get(f"/teams/signinprovider/{made.pk}/change/").content.decode()
    assert ("EntityDescriptor" in shown) is pasted
    superuser.post(f"/teams/signinprovider/{made.pk}/change/", {**FORM, **how, "name": "Firm"})
    made.refresh_from_db()
    kept = made.settings["metadata"] if pasted else made.settings["_metadata"]
    assert (made.name, "EntityDescriptor" in kept) == ("Firm", True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "SAML needs the metadata of the provider"),
        ({"metadata": "<r/>"}, "describes no identity provider"),
        ({"metadata": BOMB}, "This cannot be read as metadata"),
        ({"metadata": "hello"}, "This cannot be read as metadata"),
        ({"metadata": "{xml}", "metadata_url": "https://login.example.com/metadata"}, "not both"),
        ({"metadata": "{xml}", "domains": ""}, "SAML needs the domains of your people"),
        ({"metadata": "{xml}", "key": "google"}, "This key stands for another kind of provider"),
    ],
)
def test_what_cannot_work_is_said_in_the_form(
    superuser: Client, idp: IdentityProvider, given: dict[str, str], says: str
) -> None:
    filled = {name: idp.metadata if text == "{xml}" else text for name, text in given.items()}
    assert says in added(superuser, **filled)
    assert not SignInProvider.objects.exists()


def test_where_the_package_is_missing_the_form_and_the_test_say_how_to_install_it(
    superuser: Client, idp: IdentityProvider, saml: SignInProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onelogin", None)
    line = "-m pip install &#x27;python3-saml&gt;=1.16&#x27;"
    assert line in added(superuser, metadata=idp.metadata, key="other")
    assert line in tried(superuser, saml)
    assert superuser.get("/account/saml/adfs/login/").status_code == 404


def test_metadata_is_fetched_from_no_private_network(
    superuser: Client, idp: IdentityProvider, saml: SignInProvider, settings: Settings
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    assert "an address inside a private network" in added(superuser, metadata_url=f"{idp.origin}/metadata", key="b")
    assert "an address inside a private network" in tried(superuser, saml)


def test_a_certificate_that_ended_is_told(superuser: Client, idp: IdentityProvider, saml: SignInProvider) -> None:
    idp.certificates.append(Signer(days=-1).der)
    assert "Its certificate ended on" in tried(superuser, saml)
    idp.certificates.pop()


def test_a_key_of_provisioning_is_shown_once_and_revoked(superuser: Client, saml: SignInProvider) -> None:
    one = f"/teams/signinprovider/{saml.pk}"
    page = superuser.post(f"{one}/provisioning/").content.decode()
    key = page.partition('id="provisioning-key">')[2].partition("<")[0]
    send = Sender(key, Client())
    assert send("GET", "/Users")[0] == 200
    assert key not in superuser.get(f"{one}/try/").content.decode()
    superuser.post(f"{one}/provisioning/{ProvisioningToken.objects.get().pk}/revoke/")
    assert send("GET", "/Users")[0] == 401


def test_a_new_mapping_counts_at_once_for_people_who_were_sent(
    superuser: Client, idp: IdentityProvider, saml: SignInProvider, team: Team
) -> None:
    send = Sender.of(saml)
    send.group("leads", send.add())
    given = {
        **FORM, "metadata": idp.metadata, "mappings-TOTAL_FORMS": 1, "mappings-0-group": "leads",
        "mappings-0-team": team.pk, "mappings-0-role": "manager",
    }  # fmt: skip
    superuser.post(f"/teams/signinprovider/{saml.pk}/change/", given)
    assert Member.objects.get().role == "manager"


def test_google_has_no_provisioning(superuser: Client) -> None:
    google = SignInProvider.objects.create(key="google", kind="google", name="Google", client_id="x")
    assert "SCIM" not in superuser.get(f"/teams/signinprovider/{google.pk}/try/").content.decode()
    assert superuser.post(f"/teams/signinprovider/{google.pk}/provisioning/").status_code == 404


def test_nobody_but_a_superuser_makes_or_revokes_keys(saml: SignInProvider, team: Team) -> None:
    administrator, client = User.objects.create_user("m@example.com"), Client()
    add_member(team=team, user=administrator, role=Role.ADMINISTRATOR)
    client.force_login(administrator)
    Sender.of(saml)
    one = f"/teams/signinprovider/{saml.pk}/provisioning/"
    for address in (one, f"{one}{ProvisioningToken.objects.get().pk}/revoke/"):
        assert client.post(address).status_code == 403
        assert client.get(address).status_code == 405
        assert Client().post(address).status_code == 302
    assert ProvisioningToken.objects.get().revoked_at is None
