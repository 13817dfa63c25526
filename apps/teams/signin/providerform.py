"""The form of a sign-in provider."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.common.addresses import AddressError, AddressUnknown, checked_addresses
from apps.common.errors import InvalidInput
from apps.common.fields import Sealed
from apps.teams.models import ProviderKind, SignInProvider
from apps.teams.signin.saml import metadata

LISTS = ("domains", "organisations")
EXTRA = ("server_url", "groups_claim", "trust_email", "metadata_url", "metadata", *LISTS)
# Google and GitHub are there once each: allauth finds them by their kind.
ONE_OF = frozenset({ProviderKind.GOOGLE, ProviderKind.GITHUB})


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
        help_text="Where the groups stand: a claim of OpenID Connect, such as groups, roles or realm_access.roles, or "
        "the name of a SAML attribute.",
    )
    metadata_url = forms.URLField(
        label="Address of the metadata",
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(),
        help_text="SAML: where the provider tells its sign-on address and certificates. Midwatch fetches it every 4 h, "
        "so that a new certificate needs nobody here.",
    )
    metadata = forms.CharField(
        label="Or the metadata itself",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text="SAML: the XML, where Midwatch cannot reach that address. Paste it again when a certificate changes.",
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
        help_text="Of mail addresses, with commas: example.com, example.org. Empty: all. SAML needs them: its provider "
        "is believed for these domains.",
    )
    organisations = forms.CharField(
        label="Allowed organisations",
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="GitHub: with commas; in the mapping they are the groups, in small letters. Without domains and "
        "organisations, only people who were invited may join by Google or GitHub.",
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
        return _reachable(str(self.cleaned_data["server_url"]).rstrip("/"))

    def clean_metadata_url(self) -> str:
        return _reachable(str(self.cleaned_data["metadata_url"]))

    def clean_metadata(self) -> str:
        """Read as a sign-in would read it."""
        text = str(self.cleaned_data["metadata"])
        if text and not metadata.missing():
            try:
                metadata.read(text)
            except InvalidInput as error:
                raise forms.ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, key = cleaned.get("kind"), cleaned.get("key")
        if kind in ONE_OF and key not in {None, kind}:
            self.add_error("key", f"The key of {kind} is {kind}: there is one of it.")
        if key in ONE_OF and kind not in ONE_OF:
            self.add_error("key", "This key stands for another kind of provider. Choose another.")
        if kind == ProviderKind.SAML:
            self._check_saml(cleaned)
            return cleaned
        if kind == ProviderKind.OPENID_CONNECT and not cleaned.get("server_url") and "server_url" not in self.errors:
            self.add_error("server_url", "OpenID Connect needs the address of its server.")
        if not cleaned.get("client_id"):
            self.add_error(
                "client_id", "The provider gave you a client ID when Midwatch was registered. Enter it here."
            )
        if not cleaned.get("client_secret") and not self.instance.secrets:
            self.add_error(
                "client_secret", "The provider gave you a secret together with the client ID. Enter it here."
            )
        return cleaned

    def _check_saml(self, cleaned: dict[str, Any]) -> None:
        if line := metadata.missing():
            self.add_error("kind", f"SAML needs a package that is not installed. Install it, then restart: {line}")
        given = [name for name in ("metadata_url", "metadata") if cleaned.get(name)]
        if not given and not {"metadata_url", "metadata"} & set(self.errors):
            self.add_error("metadata_url", "SAML needs the metadata of the provider: its address, or the XML.")
        if len(given) > 1:
            self.add_error("metadata", "Give the address of the metadata or the XML, not both.")
        if not cleaned.get("domains"):
            self.add_error("domains", "SAML needs the domains of your people: its provider is believed for them alone.")
        cleaned["client_id"] = cleaned.get("key", "")

    def save(self, commit: bool = True) -> SignInProvider:
        given, kept = self.cleaned_data, self.instance.settings or {}
        new = {name: _parts(given[name]) if name in LISTS else given[name] for name in EXTRA}
        if new["metadata_url"] and new["metadata_url"] == kept.get("metadata_url"):
            new |= {name: kept[name] for name in metadata.KEPT if name in kept}
        self.instance.settings = new
        if given["client_secret"]:
            self.instance.secrets = Sealed.of({"client_secret": given["client_secret"]})
        saved: SignInProvider = super().save(commit)
        return saved


def _reachable(address: str) -> str:
    """The address, when Midwatch may call it. One that is not known yet may be known later: the test says so."""
    if address:
        parts = urlsplit(address)
        try:
            allow = settings.MIDWATCH_PRIVATE_ADDRESSES
            checked_addresses(parts.hostname or "", parts.port or 443, allow_private=allow)
        except AddressUnknown:
            pass
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
    return address


def _parts(text: str) -> list[str]:
    return [part.strip().lstrip("@").lower() for part in text.split(",") if part.strip()]
