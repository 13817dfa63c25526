"""All addresses. Only here are the admin modules imported, so that commands which serve no pages start fast."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config import signin
from config.health import healthz, metrics, readyz

signin.start()
admin.autodiscover()

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/", include("apps.api.urls")),
    path("", include("apps.alerts.answering.urls")),
    path("", include("apps.teams.signin.urls")),
    path("", admin.site.urls),
]
