"""What the theme's templates want to know, for the pages of allauth, which knows nothing of an admin site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

TITLES = {
    "account_change_password": "Change password",
    "account_logout": "Sign out",
    "mfa_activate_totp": "Set up an authenticator app",
    "mfa_add_webauthn": "Add a security key",
    "mfa_deactivate_totp": "Remove the authenticator app",
    "mfa_edit_webauthn": "Rename the key",
    "mfa_generate_recovery_codes": "Make recovery codes",
    "mfa_index": "Two-step sign-in",
    "mfa_list_webauthn": "Security keys and passkeys",
    "mfa_remove_webauthn": "Remove the key",
    "mfa_view_recovery_codes": "Recovery codes",
    "usersessions_list": "Sessions",
}


def look(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what every page of the admin is given, on the pages of allauth alone."""
    match = getattr(request, "resolver_match", None)
    if match is None or not str(match.func.__module__).startswith(("allauth.", "apps.teams.signin")):
        return {}
    return {**admin.site.each_context(request), "title": TITLES.get(match.url_name, "Your account")}
