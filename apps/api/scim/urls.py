"""The addresses below /scim/v2/. Providers write them with a slash at the end and without."""

from __future__ import annotations

from django.urls import re_path

from apps.api.scim import views

urlpatterns = [
    re_path(r"^ServiceProviderConfig/?$", views.service, name="scim_service"),
    re_path(r"^(?P<what>ResourceTypes|Schemas)/?$", views.described, name="scim_described"),
    re_path(r"^(?P<what>ResourceTypes|Schemas)/(?P<name>[^/]+)/?$", views.described, name="scim_description"),
    re_path(r"^(?P<what>Users|Groups)/?$", views.many, name="scim_many"),
    re_path(r"^(?P<what>Users|Groups)/(?P<number>[^/]+)/?$", views.one, name="scim_one"),
    re_path(r"^(?P<address>.*)$", views.nothing_here, name="scim_nothing"),
]
