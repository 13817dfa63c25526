"""The addresses of SAML: the way to the provider, its answers, its wish to sign out, and our metadata.

allauth's own views read one certificate alone, take an answer to a question that another browser asked, and fetch
metadata from anywhere; from allauth come who somebody is and what a session remembers of a question.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.sessions import LoginSession
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import utc_now
from apps.common.errors import MidwatchError
from apps.teams.models import ProviderKind, SignInProvider, User
from apps.teams.signin.company import app_of
from apps.teams.signin.saml import exchange, metadata

log = logging.getLogger("midwatch.signin")
View = Callable[[HttpRequest, SignInProvider], HttpResponse]


def _of_provider(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Finds the provider by its key, and gives a page that says so when its answer cannot be used."""

    @wraps(view)
    def wrapped(request: HttpRequest, key: str) -> HttpResponse:
        if metadata.missing():
            raise Http404
        provider = get_object_or_404(SignInProvider, key=key, kind=ProviderKind.SAML, enabled=True)
        try:
            return view(request, provider)
        except (MidwatchError, PermissionDenied) as error:
            reason = " ".join(str(error).split())[:300] or "this browser did not ask, or was answered before"
            log.warning("A sign-in by %s failed: %s", provider, reason)
            return TemplateResponse(request, "socialaccount/authentication_error.html", status=403)

    return wrapped


@never_cache
@require_GET
@_of_provider
def begin(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    """Send the browser to the provider. The session remembers the question for 10 min."""
    address, question = exchange.begin(request, provider, metadata.current(provider, utc_now()))
    own = SAMLProvider(request, app=app_of(provider))
    onward = get_next_redirect_url(request)
    own.stash_redirect_state(request, AuthProcess.LOGIN, next_url=onward, state_id=question)
    return HttpResponseRedirect(address)


@csrf_exempt  # it comes from the provider's page; what stands for the token is the question, in `finish`
@require_POST
@_of_provider
def acs(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    """Take the provider's answer. Browsers send no cookies with it, so it is kept for the next request, which has them;
    what the provider did not sign is kept nowhere."""
    sent = request.POST.get("SAMLResponse", "")
    exchange.read(request, provider, metadata.current(provider, utc_now()), sent)
    answer = redirect("saml_finish_acs", provider.key)
    kept = LoginSession(request, "saml_acs_session", "saml-acs-session")
    kept.store["answer"] = sent
    kept.save(answer)
    return answer


@never_cache
@require_GET
@_of_provider
def finish(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    """Sign in whom the answer names, when this very browser asked, and nobody answered the question before."""
    kept = LoginSession(request, "saml_acs_session", "saml-acs-session")
    sent = str(kept.store.get("answer", ""))
    kept.delete()
    answer, question = exchange.read(request, provider, metadata.current(provider, utc_now()), sent)
    own = SAMLProvider(request, app=app_of(provider))
    state = own.unstash_redirect_state(request, question)
    login = own.sociallogin_from_response(request, answer)
    login.state = state
    finished: HttpResponse = complete_social_login(request, login)
    return finished


@never_cache
@require_GET
@_of_provider
def sls(request: HttpRequest, provider: SignInProvider) -> HttpResponse:
    """End the session of whom the provider's signed request names, and of nobody else."""
    who, onward = exchange.sign_out(request, provider, metadata.current(provider, utc_now()))
    if isinstance(request.user, User):
        if not SocialAccount.objects.filter(user=request.user, provider=provider.key, uid=who).exists():
            raise exchange.AnswerRefused("It is the request of somebody else.")
        logout(request)
    return HttpResponseRedirect(onward)


@require_GET
def own_metadata(request: HttpRequest, key: str) -> HttpResponse:
    """What the provider's administrator needs: who Midwatch is, and where answers go. It is no secret."""
    provider = SignInProvider.objects.filter(key=key, kind=ProviderKind.SAML).first()
    if provider is None or metadata.missing():
        raise Http404
    return HttpResponse(exchange.own_metadata(request, provider), content_type="application/samlmetadata+xml")
