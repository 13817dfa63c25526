"""The form of a sign-in provider."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from apps.common.addresses import AddressError, AddressUnknown, checked_addresses
from apps.common.fields import Sealed
from apps.teams.models import ProviderKind, SignInProvider

LISTS = ("domains", "organisations")
EXTRA = ("server_url", "groups_claim", "trust_email", *LISTS)


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Settings are a field each; the secret is written, never shown."""

    client_secret = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown again. Empty keeps the one that is stored.",
    )
    server_url = forms.URLField(
        label="Server",
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(),
        help_text="OpenID Connect: the issuer, such as https://login.example.com/realms/main.",
    )
    groups_claim = forms.CharField(
        required=False,
        initial="groups",
        widget=UnfoldAdminTextInputWidget(),
        help_text="OpenID Connect: where the groups stand, such as groups, roles or realm_access.roles. For GitHub, "
        "the organisations are the groups, in small letters.",
    )
    trust_email = forms.BooleanField(
        label="Trust its mail addresses",
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text="For a login of your own company that does not say email_verified, such as Entra. Whoever may change "
        "addresses there may then sign in as anybody here.",
    )
    domains = forms.CharField(
        label="Allowed domains",
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Of mail addresses, with commas: example.com, example.org. Empty: all.",
    )
    organisations = forms.CharField(
        label="Allowed organisations",
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="GitHub: with commas. Without domains and organisations, only people who were invited may join by "
        "Google or GitHub.",
    )

    class Meta:
        model = SignInProvider
        fields: ClassVar = ["kind", "name", "key", "client_id", "enabled", "only_way_in"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.settings or {}
        for name in EXTRA:
            value = kept.get(name, self.fields[name].initial or "")
            self.initial[name] = ", ".join(value) if isinstance(value, list) else value

    def clean_server_url(self) -> str:
        address = str(self.cleaned_data["server_url"]).rstrip("/")
        if address:
            parts = urlsplit(address)
            try:
                allow = settings.MIDWATCH_PRIVATE_ADDRESSES
                checked_addresses(parts.hostname or "", parts.port or 443, allow_private=allow)
            except AddressUnknown:
                pass  # the test says so; it may be known later
            except AddressError as error:
                raise forms.ValidationError(str(error)) from error
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind == ProviderKind.OPENID_CONNECT and not cleaned.get("server_url") and "server_url" not in self.errors:
            self.add_error("server_url", "OpenID Connect needs the address of its server.")
        if kind in {ProviderKind.GOOGLE, ProviderKind.GITHUB} and cleaned.get("key") not in {None, kind}:
            self.add_error("key", f"The key of {kind} is {kind}: there is one of it.")
        if cleaned.get("key") in {ProviderKind.GOOGLE, ProviderKind.GITHUB} and kind == ProviderKind.OPENID_CONNECT:
            self.add_error("key", "This key stands for another kind of provider. Choose another.")
        if not cleaned.get("client_secret") and not self.instance.secrets:
            self.add_error(
                "client_secret", "The provider gave you a secret together with the client ID. Enter it here."
            )
        return cleaned

    def save(self, commit: bool = True) -> SignInProvider:
        given = self.cleaned_data
        self.instance.settings = {name: _parts(given[name]) if name in LISTS else given[name] for name in EXTRA}
        if given["client_secret"]:
            self.instance.secrets = Sealed.of({"client_secret": given["client_secret"]})
        saved: SignInProvider = super().save(commit)
        return saved


def _parts(text: str) -> list[str]:
    return [part.strip().lstrip("@").lower() for part in text.split(",") if part.strip()]
