"""Coming in by a company login, Google or GitHub: who may, as whom, and into which teams."""

from __future__ import annotations

import json
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from apps.common.clock import utc_now
from apps.teams.models import ProviderKind, SignInProvider, User, is_disguised
from apps.teams.signin import invitations, providers, views
from apps.teams.signin.admission import Arrival, Policy, refusal, within
from apps.teams.signin.joining import join, roles_at_sign_in
from apps.teams.signin.outgoing import GuardedSession

NAMED = frozenset({ProviderKind.OPENID_CONNECT, ProviderKind.SAML})  # there may be several of the kind
MICROSOFT = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
# Under which names providers send a person's things, by SAML: as OIDs, as Microsoft does, and as people type them.
ATTRIBUTES = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id"],
    "email": [
        "urn:oid:0.9.2342.19200300.100.1.3",
        f"{MICROSOFT}/emailaddress",
        "email",
        "mail",
        "Email",
        "emailAddress",
    ],
    "first_name": ["urn:oid:2.5.4.42", f"{MICROSOFT}/givenname", "firstName", "first_name", "givenName"],
    "last_name": ["urn:oid:2.5.4.4", f"{MICROSOFT}/surname", "lastName", "last_name", "sn"],
    "name": ["urn:oid:2.16.840.1.113730.3.1.241", "displayName", "name"],
}


class CompanyAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Allauth's rows of providers, made from ours and never stored: its own would keep secrets in the clear."""
        rows = [row for row in providers.enabled() if provider in {None, row.key, row.kind}]
        return [app_of(row) for row in rows if client_id in {None, row.client_id}]

    def get_requests_session(self) -> requests.Session:
        return GuardedSession()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True  # pre_social_login has decided

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        parts = [data.get("first_name"), data.get("last_name")]
        user.name = (data.get("name") or " ".join(part for part in parts if part))[:150]
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse, or go on with the person's account: the one that came in this way before, the one with the address
        that the provider vouches for, or a new one."""
        row = _row_of(sociallogin)
        organisations = _organisations(row, sociallogin)
        policy, addresses = _policy(row), _addresses(row, sociallogin)
        user = sociallogin.user if sociallogin.is_existing else _owner(within(policy, addresses))
        invited = tuple(each for each in addresses if invitations.is_invited(email=each, now=utc_now()))
        reason = refusal(policy, Arrival(addresses, organisations, known=user is not None, invited=bool(invited)))
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            reason = "Accounts are not tied to one another here. Sign in on the sign-in page."
        if reason:
            who = next(iter(addresses), sociallogin.account.uid)
            user_login_failed.send(sender=type(self), credentials={"email": who}, request=request)  # for the audit
            raise ImmediateHttpResponse(views.denied(request, row, reason))
        if user is None:
            _prepare(sociallogin, within(policy, invited + addresses))
            return
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)
        roles = roles_at_sign_in(row, user, sociallogin.account.extra_data, organisations)
        join(provider=row, user=user, roles=roles)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        row = _row_of(sociallogin)
        roles = roles_at_sign_in(row, user, sociallogin.account.extra_data, _organisations(row, sociallogin))
        join(provider=row, user=user, roles=roles)
        return user


def app_of(row: SignInProvider) -> SocialApp:
    """Allauth's row of a provider, which is never stored."""
    own = {"server_url": row.settings.get("server_url", ""), "oauth_pkce_enabled": True}
    if row.kind == ProviderKind.SAML:
        own = {"attribute_mapping": ATTRIBUTES}
    return SocialApp(
        provider=row.kind,
        provider_id=row.key if row.kind in NAMED else "",
        name=row.name,
        client_id=row.client_id,
        secret=row.secrets.open().get("client_secret", ""),
        settings=own,
    )


def _row_of(login: SocialLogin) -> SignInProvider:
    return SignInProvider.objects.get(key=login.account.provider, enabled=True)


def _policy(row: SignInProvider) -> Policy:
    names = (frozenset(each.lower() for each in row.settings.get(name, [])) for name in ("domains", "organisations"))
    return Policy(row.kind, *names)


def _addresses(row: SignInProvider, login: SocialLogin) -> tuple[str, ...]:
    # SAML has no word for a verified address: the company's own provider is believed for the domains given to it.
    saml = row.kind == ProviderKind.SAML and bool(row.settings.get("domains"))
    trusted = saml or bool(row.settings.get("trust_email"))
    found = sorted(login.email_addresses, key=lambda each: not each.primary)
    if _is_disguised(login):
        return ()
    return tuple(each.email.lower() for each in found if each.email and (each.verified is True or trusted))


def _is_disguised(login: SocialLogin) -> bool:
    """Whether an address that the provider sent looks like another. allauth has written it in small letters by now, in
    which it is that other one; what was sent still shows it."""
    sent = json.dumps([login.account.uid, login.account.extra_data], ensure_ascii=False)
    return any(is_disguised(word) for word in sent.split('"') if "@" in word)


def _owner(addresses: tuple[str, ...]) -> User | None:
    return User.objects.filter(email__in=addresses).first()


def _prepare(login: SocialLogin, addresses: tuple[str, ...]) -> None:
    """Let the new account have the one address that was vouched for, and no other that the answer names."""
    login.user.email = addresses[0]
    login.email_addresses = [each for each in login.email_addresses if each.email.lower() == addresses[0]][:1]
    for each in login.email_addresses:
        each.email, each.verified, each.primary = addresses[0], True, True


def _organisations(row: SignInProvider, login: SocialLogin) -> frozenset[str]:
    """The GitHub organisations of the person, asked with the token that GitHub just gave; nothing for others."""
    if row.kind != ProviderKind.GITHUB or login.token is None:
        return frozenset()
    kept: frozenset[str] | None = getattr(login, "midwatch_organisations", None)
    if kept is None:
        with GuardedSession() as session:
            answer = session.get(
                f"{GitHubOAuth2Adapter.api_url}/user/orgs?per_page=100",
                headers={"Authorization": f"token {login.token.token}"},
            )
            answer.raise_for_status()
        kept = login.midwatch_organisations = frozenset(str(each["login"]).lower() for each in answer.json())
    return kept
