"""All addresses. Only here are the admin modules imported, so that commands which serve no pages start fast."""

from __future__ import annotations

from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path

from config import signin
from config.health import healthz, metrics, readyz

signin.start()
admin.autodiscover()
# What the libraries bring and Midwatch has no use for: roles are its own, and providers have a page that seals secrets.
admin.site.unregister([Group, SocialApp, SocialToken])

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/", include("apps.api.urls")),
    path("scim/v2/", include("apps.api.scim.urls")),
    path("", include("apps.alerts.answering.urls")),
    path("", include("apps.status.urls")),
    path("", include("apps.teams.signin.urls")),
    path("", admin.site.urls),
]
