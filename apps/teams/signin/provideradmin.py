"""The pages of sign-in providers: set up, tried, and their mapping previewed. Superusers alone come here."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from apps.teams import history
from apps.teams.adminsite import page
from apps.teams.models import GroupMapping, ProviderKind, SignInProvider, Team
from apps.teams.permissions import grant_of
from apps.teams.provisioning.standing import settle_everybody
from apps.teams.signin import provisioningadmin
from apps.teams.signin.joining import roles_from
from apps.teams.signin.providerform import ProviderForm
from apps.teams.signin.trial import Finding, try_out

EXAMPLE = '{"email": "anna@example.com", "groups": ["data", "finance"]}'
SAML_EXAMPLE = '{"email": ["anna@example.com"], "groups": ["data", "finance"]}'

# Which fields the theme shows for which kind.
CONDITIONS = {
    "client_id": "kind != 'saml'",
    "client_secret": "kind != 'saml'",
    "server_url": "kind == 'openid_connect'",
    "metadata_url": "kind == 'saml'",
    "metadata": "kind == 'saml'",
    "groups_claim": "kind == 'openid_connect' || kind == 'saml'",
    "trust_email": "kind == 'openid_connect'",
    "organisations": "kind == 'github'",
}


class GroupMappingInline(TabularInline):
    model = GroupMapping
    extra = 1
    fields = ("group", "team", "role")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A cell has no label but the head of its column, which a screen reader does not read with the field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs["aria-label"] = str(field.label)
        return field


@admin.register(SignInProvider)
class SignInProviderAdmin(ModelAdmin):
    """Only superusers come here: `has_perm` answers yes for them alone, since nobody is given a permission row."""

    form = ProviderForm
    compressed_fields = True
    conditional_fields = CONDITIONS
    list_display = ("name", "kind", "enabled", "only_way_in", "tried")
    inlines = (GroupMappingInline,)
    actions = ()
    fields = (
        "kind", "name", "key", "client_id", "client_secret", "server_url", "metadata_url", "metadata", "groups_claim",
        "trust_email", "domains", "organisations", "enabled", "only_way_in",
    )  # fmt: skip

    @display(description="Test")
    def tried(self, provider: SignInProvider) -> SafeString:
        address = reverse("admin:teams_signinprovider_try", args=[provider.pk])
        return format_html('<a href="{}">Test and preview</a>', address)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        one = "<int:provider_id>"
        own = [
            path(f"{one}/try/", wrap(trial), name="teams_signinprovider_try"),
            path(f"{one}/provisioning/", wrap(provisioningadmin.make), name="teams_signinprovider_provision"),
            path(
                f"{one}/provisioning/<int:token_id>/revoke/",
                wrap(provisioningadmin.revoke),
                name="teams_signinprovider_revoke",
            ),
        ]
        return own + super().get_urls()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A new mapping counts at once for the people whom the provider sent, and at the next sign-in for others."""
        super().save_related(request, form, formsets, change)
        settle_everybody(form.instance)

    def response_add(self, request: HttpRequest, obj: SignInProvider, post_url_continue: Any = None) -> HttpResponse:
        return redirect("admin:teams_signinprovider_try", obj.pk)

    def response_change(self, request: HttpRequest, obj: SignInProvider) -> HttpResponse:
        return redirect("admin:teams_signinprovider_try", obj.pk)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SignInProvider, pk=object_id)
        context = {"object": row, "entries": history.entries(row)}
        return page(request, "midwatch/history.html", context, title=f"History of {row}")


def trial(request: HttpRequest, provider_id: int) -> HttpResponse:
    """Test the provider, and see which teams and roles the claims of a person would give."""
    if not grant_of(request.user).everything:
        raise PermissionDenied
    provider = get_object_or_404(SignInProvider, pk=provider_id)
    report: list[Finding] = try_out(provider) if "test" in request.POST else []
    claims = request.POST.get("claims", "")
    roles, problem = _preview(provider, claims) if "preview" in request.POST else ([], "")
    context = {
        "provider": provider,
        "report": report,
        "claims": claims or (SAML_EXAMPLE if provider.kind == ProviderKind.SAML else EXAMPLE),
        "previewed": "preview" in request.POST and not problem,
        "roles": roles,
        "problem": problem,
        **provisioningadmin.context_of(request, provider),
        "callback": request.build_absolute_uri(_callback(provider)),
        "saml": provider.kind == ProviderKind.SAML
        and request.build_absolute_uri(reverse("saml_metadata", args=[provider.key])),
    }
    return page(request, "teams/provider_try.html", context, title=f"Test {provider}")


def _preview(provider: SignInProvider, text: str) -> tuple[list[tuple[str, str]], str]:
    try:
        claims = json.loads(text)
    except json.JSONDecodeError as error:
        return [], f"This is no JSON: {error}."
    if not isinstance(claims, dict):
        return [], "Claims are a JSON object, such as the one of the example."
    roles = roles_from(provider, claims)
    names = dict(Team.every.filter(pk__in=roles).values_list("pk", "name"))
    return sorted((names[team_id], role.label) for team_id, role in roles.items()), ""


def _callback(provider: SignInProvider) -> str:
    if provider.kind == ProviderKind.OPENID_CONNECT:
        return reverse("openid_connect_callback", args=[provider.key])
    if provider.kind == ProviderKind.SAML:
        return reverse("saml_acs", args=[provider.key])
    return reverse(f"{provider.kind}_callback")
