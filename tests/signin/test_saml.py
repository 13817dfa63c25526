"""People come in by a real SAML provider, and no forged, bent or borrowed answer lets anybody in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from apps.changes.models import AuditEntry
from apps.common.clock import utc_now
from apps.teams.models import Member, Role, SignInProvider, Team, User
from apps.teams.services import add_member
from apps.teams.signin.saml.metadata import READ_AT
from tests.servers.saml import Bend, IdentityProvider, Question, Signer, question_in

pytestmark = pytest.mark.django_db
EMAIL = "anna@example.com"
BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def asked(client: Client, onward: str = "") -> Question:
    begin = client.get("/account/saml/adfs/login/", {"next": onward} if onward else {})
    return question_in(begin.headers["Location"])


def send(client: Client, answer: str) -> str:
    """Send the provider's answer as a browser does; where the sign-in ends, or empty when it was refused."""
    taken = client.post("/account/saml/adfs/acs/", {"SAMLResponse": answer})
    if taken.status_code != 302:
        return ""
    return str(client.get(taken.headers["Location"]).headers.get("Location", ""))


def is_in(client: Client) -> bool:
    return SESSION_KEY in client.session


@pytest.mark.parametrize("whole", [True, False])
def test_a_signed_answer_brings_somebody_in_with_the_teams_of_the_groups(
    client: Client, idp: IdentityProvider, saml: SignInProvider, whole: bool
) -> None:
    question = asked(client, "/rules/rule/")
    assert send(client, idp.answer(question, EMAIL, "data", "cooks", whole=whole)) == "/rules/rule/"
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == (EMAIL, "Anna Berg", False)
    assert Member.objects.get().role == "operator"
    assert client.session.get_expiry_age() <= timedelta(hours=12).total_seconds()


def test_leaving_the_group_ends_the_membership_at_the_next_sign_in(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    send(client, idp.answer(asked(client), EMAIL, "data"))
    again = Client()
    send(again, idp.answer(asked(again), EMAIL))
    assert is_in(again)
    assert not Member.objects.exists()


class Attempt(NamedTuple):
    """One answer that must sign nobody in: what was done to it, before and after it was signed."""

    before: Bend = str
    after: Bend = str


def _text(old: str, new: str) -> Callable[[str], str]:
    return lambda xml: re.sub(old, new, xml)


ATTEMPTS = {
    "unsigned": Attempt(after=_text(r"(?s)<ds:Signature.*?</ds:Signature>", "")),
    "changed after it was signed": Attempt(after=_text(EMAIL, "root@example.com")),
    "with a second assertion": Attempt(after=_text(r"(?s)(<saml:Assertion.*</saml:Assertion>)", r"\1\1")),
    "expired": Attempt(before=_text(r'NotOnOrAfter="[^"]*"', 'NotOnOrAfter="2026-01-01T00:00:00Z"')),
    "not good yet": Attempt(before=_text(r'NotBefore="[^"]*"', 'NotBefore="2099-01-01T00:00:00Z"')),
    "for another audience": Attempt(before=_text(r"<saml:Audience>[^<]*", "<saml:Audience>https://wiki.example.com")),
    "for nobody named": Attempt(before=_text(r"<saml:AudienceRestriction>.*</saml:AudienceRestriction>", "")),
    "for another recipient": Attempt(before=_text(r'Recipient="[^"]*"', 'Recipient="https://wiki.example.com/acs"')),
    "for no recipient": Attempt(before=_text(r'Recipient="[^"]*"', "")),
    "sent elsewhere": Attempt(before=_text(r'Destination="[^"]*"', 'Destination="https://wiki.example.com/acs"')),
    "of another provider": Attempt(before=_text(r"<saml:Issuer>[^<]*", "<saml:Issuer>https://evil.example")),
    "that nobody asked for": Attempt(before=_text(r'InResponseTo="[^"]*"', "")),
    "put under another question": Attempt(before=_text(r'(Recipient="[^"]*") InResponseTo="[^"]*"', r"\1")),
    "to another question": Attempt(before=_text(r'InResponseTo="[^"]*"', 'InResponseTo="ONELOGIN_other"')),
    "with an XML bomb": Attempt(after=lambda xml: BOMB + xml.replace("Anna Berg", "&b;")),
    "with an external entity": Attempt(after=lambda xml: OUTSIDE + xml.replace("Anna Berg", "&a;")),
    "that is no XML": Attempt(after=lambda xml: "hello"),
}


@pytest.mark.parametrize("how", ATTEMPTS)
def test_an_answer_that_was_bent_signs_nobody_in(
    client: Client, idp: IdentityProvider, saml: SignInProvider, how: str
) -> None:
    attempt = ATTEMPTS[how]
    sent = idp.answer(asked(client), EMAIL, "data", before=attempt.before, after=attempt.after)
    assert send(client, sent) == ""
    assert not is_in(client)
    assert not User.objects.exists()


def test_an_answer_that_somebody_else_signed_is_refused(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    forger = IdentityProvider()
    forger.issuer = idp.issuer
    assert send(client, forger.answer(asked(client), EMAIL)) == ""
    forger._server.server_close()


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    answer = idp.answer(asked(client), EMAIL)
    assert send(other := Client(), answer) == ""
    assert not is_in(other)
    assert send(client, answer) == "/"
    client.logout()
    assert send(client, answer) == ""
    assert not is_in(client)


def test_another_domain_is_told_why_it_stays_out(client: Client, idp: IdentityProvider, saml: SignInProvider) -> None:
    taken = client.post("/account/saml/adfs/acs/", {"SAMLResponse": idp.answer(asked(client), "eve@elsewhere.example")})
    page = client.get(taken.headers["Location"])
    assert page.status_code == 403
    assert "Only addresses of example.com may sign in" in page.content.decode()
    assert not User.objects.exists()


def test_without_domains_of_its_own_a_provider_is_believed_for_nobody(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    saml.settings["domains"] = []
    saml.save()
    assert send(client, idp.answer(asked(client), EMAIL)) == ""
    assert not User.objects.exists()


def test_a_new_certificate_is_fetched_and_one_that_cannot_be_fetched_changes_nothing(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    asked(client)
    old, idp.signer = idp.signer, Signer()
    idp.certificates.append(idp.signer.der)
    assert send(client, idp.answer(asked(client), EMAIL)) == ""
    saml.refresh_from_db()
    saml.settings[READ_AT] = (utc_now() - timedelta(hours=5)).isoformat()
    saml.save()
    assert send(client, idp.answer(asked(client), EMAIL)) == "/"
    saml.refresh_from_db()
    entry = AuditEntry.objects.filter(model="teams.signinprovider", reason__contains="certificates").first()
    assert entry
    assert "changed the certificates of “Company” from SHA-256 " in entry.sentence
    saml.settings |= {READ_AT: "2026-01-01T00:00:00+00:00", "metadata_url": "http://127.0.0.1:9/metadata"}
    saml.save()
    idp.signer = old
    again = Client()
    assert send(again, idp.answer(asked(again), EMAIL)) == "/"


def test_signing_out_at_the_provider_ends_the_session_of_that_person_alone(
    client: Client, idp: IdentityProvider, saml: SignInProvider
) -> None:
    send(client, idp.answer(asked(client), EMAIL))
    to = "http://testserver/account/saml/adfs/sls/"
    unsigned = idp.sign_out(to, EMAIL).partition("&SigAlg")[0]
    for address in (unsigned, idp.sign_out(to, EMAIL, signer=Signer()), idp.sign_out(to, "eve@example.com")):
        assert client.get(address.removeprefix("http://testserver")).status_code == 403
        assert is_in(client)
    onward = client.get(idp.sign_out(to, EMAIL).removeprefix("http://testserver")).headers["Location"]
    assert onward.startswith(f"{idp.origin}/out?SAMLResponse=")
    assert not is_in(client)


def test_our_metadata_names_where_answers_go_and_a_provider_that_is_off_brings_nobody_in(
    client: Client, saml: SignInProvider
) -> None:
    assert b'Location="http://testserver/account/saml/adfs/acs/"' in client.get("/account/saml/adfs/metadata/").content
    saml.enabled = False
    saml.save()
    assert client.get("/account/saml/adfs/login/").status_code == 404
    assert client.get("/account/saml/nothing/metadata/").status_code == 404


def test_a_password_does_not_outlive_the_groups(client: Client, idp: IdentityProvider, saml: SignInProvider) -> None:
    User.objects.create_user(EMAIL, "a long enough passphrase")
    send(client, idp.answer(asked(client), EMAIL, "data"))
    client.logout()
    page = client.post("/login/", {"username": EMAIL, "password": "a long enough passphrase"}).content.decode()
    assert "Your teams come from Company. Sign in with it." in page


def test_a_role_that_a_person_gave_stays(
    client: Client, idp: IdentityProvider, saml: SignInProvider, team: Team
) -> None:
    add_member(team=team, user=User.objects.create_user(EMAIL), role=Role.MANAGER)
    send(client, idp.answer(asked(client), EMAIL, "data"))
    assert Member.objects.get().role == "manager"
