"""Sign-in by django-allauth: its apps and what it is told.

Its own app configs would load the HTTP and token libraries of every provider at each start; `config/urls.py` does that
only where pages are served, so that commands such as run_rules start fast.
"""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.urls import reverse_lazy
from django.utils.module_loading import import_string

APPS = (
    "allauth",
    "config.signin.AccountConfig",
    "config.signin.SocialAccountConfig",
    "config.signin.MFAConfig",
    "config.signin.UserSessionsConfig",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.saml",
)
OWN_START = {
    "account": "allauth.account.apps.AccountConfig",
    "socialaccount": "allauth.socialaccount.apps.SocialAccountConfig",
    "mfa": "allauth.mfa.apps.MFAConfig",
    "usersessions": "allauth.usersessions.apps.UserSessionsConfig",
}
# The theme's menu of the person.
ACCOUNT_LINKS = [
    {"title": "Change password", "link": reverse_lazy("account_change_password")},
    {"title": "Two-step sign-in", "link": reverse_lazy("mfa_index")},
    {"title": "Sessions", "link": reverse_lazy("usersessions_list")},
]


class AccountConfig(AppConfig):
    name = "allauth.account"
    default_auto_field = "django.db.models.AutoField"


class SocialAccountConfig(AppConfig):
    name = "allauth.socialaccount"
    default_auto_field = "django.db.models.AutoField"


class MFAConfig(AppConfig):
    name = "allauth.mfa"
    default_auto_field = "django.db.models.BigAutoField"


class UserSessionsConfig(AppConfig):
    name = "allauth.usersessions"
    default_auto_field = "django.db.models.BigAutoField"


def start() -> None:
    """Do what allauth's own app configs do when they are ready."""
    for label, original in OWN_START.items():
        import_string(original).ready(apps.get_app_config(label))
