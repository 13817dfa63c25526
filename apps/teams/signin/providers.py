"""The logins that people may come in by: those of the page, and the one of the environment."""

from __future__ import annotations

from django.conf import settings

from apps.common.fields import Sealed, SecretsUnreadable
from apps.teams.models import SignInProvider

ENVIRONMENT_KEY = "company"


def enabled() -> list[SignInProvider]:
    """The providers that may be used now, by name."""
    _keep_up_with_environment()
    return list(SignInProvider.objects.filter(enabled=True))


def sso_only() -> bool:
    """Whether passwords open nothing: so it is said of one of the providers, or of all in the environment."""
    return any(provider.only_way_in or settings.MIDWATCH_SSO_ONLY for provider in enabled())


def _keep_up_with_environment() -> None:
    """Write what the environment says to the row `company`, when it says something else than the row does."""
    wanted = settings.MIDWATCH_OIDC
    if not wanted:
        return
    found = SignInProvider.objects.filter(key=ENVIRONMENT_KEY).first()
    provider = found or SignInProvider(key=ENVIRONMENT_KEY, name="Company login")
    address = {"server_url": wanted["url"], "groups_claim": wanted["groups_claim"]}
    same = provider.settings | address == provider.settings and provider.client_id == wanted["client_id"]
    if found and same and _holds(provider, wanted["client_secret"]):
        return
    provider.settings = provider.settings | address
    provider.client_id = wanted["client_id"]
    provider.secrets = Sealed.of({"client_secret": wanted["client_secret"]})
    provider.save()


def _holds(provider: SignInProvider, secret: str) -> bool:
    try:
        return provider.secrets.open() == {"client_secret": secret}
    except SecretsUnreadable:  # sealed with a key that is gone: the environment has the secret
        return False
