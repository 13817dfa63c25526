"""The keys of provisioning, on the page of a provider: made, shown once, revoked. Superusers alone come here."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.common.clock import utc_now
from apps.teams.adminsite import page
from apps.teams.models import ProviderKind, ProvisioningToken, SignInProvider
from apps.teams.permissions import grant_of
from apps.teams.provisioning.keys import make_key, revoke_key

# Google and GitHub send no people ahead; companies' own logins do.
KINDS = frozenset({ProviderKind.OPENID_CONNECT, ProviderKind.SAML})


def context_of(request: HttpRequest, provider: SignInProvider) -> dict[str, object]:
    """What the page of the provider shows of it."""
    if provider.kind not in KINDS:
        return {}
    return {
        "scim": request.build_absolute_uri("/scim/v2"),
        "keys": provider.provisioning_tokens.filter(revoked_at=None),
        "people": provider.people.filter(gone=False).count(),
        "groups": provider.groups.count(),
    }


@require_POST
@never_cache
def make(request: HttpRequest, provider_id: int) -> HttpResponse:
    """Make a key and show it, once."""
    provider = _provider(request, provider_id)
    key = make_key(provider=provider)
    context = {"provider": provider, "key": key, **context_of(request, provider)}
    return page(request, "teams/provisioning_key.html", context, title="The provisioning key is ready")


@require_POST
def revoke(request: HttpRequest, provider_id: int, token_id: int) -> HttpResponse:
    """End a key for good."""
    provider = _provider(request, provider_id)
    token = get_object_or_404(ProvisioningToken, provider=provider, pk=token_id)
    revoke_key(token=token, now=utc_now())
    messages.success(request, f"The key is revoked: {provider} can send nothing with it from now on.")
    return redirect(f"{reverse('admin:teams_signinprovider_try', args=[provider.pk])}#provisioning")


def _provider(request: HttpRequest, provider_id: int) -> SignInProvider:
    if not grant_of(request.user).everything:
        raise PermissionDenied
    return get_object_or_404(SignInProvider, pk=provider_id, kind__in=KINDS)
