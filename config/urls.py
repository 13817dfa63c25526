"""All addresses. Only here are the admin modules imported, so that commands which serve no pages start fast."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.health import healthz, readyz

admin.autodiscover()

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/", include("apps.api.urls")),
    path("", admin.site.urls),
]
