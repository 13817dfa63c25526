"""The public addresses. They need no sign-in: the key in them is the proof."""

from __future__ import annotations

from django.urls import path

from apps.status import publicviews

PLACE = "public/<slug:slug>/<str:key>/"
urlpatterns = [
    path(PLACE, publicviews.page, name="public_status"),
    path(f"{PLACE}status.json", publicviews.as_json, name="public_status_json"),
    path(f"{PLACE}badge.svg", publicviews.badge, name="public_badge"),
    path(f"{PLACE}<int:product_id>/badge.svg", publicviews.badge, name="public_product_badge"),
]
