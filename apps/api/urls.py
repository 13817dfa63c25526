"""The addresses below /api/."""

from django.urls import path

from apps.api.rest.root import api

urlpatterns = [path("v1/", api.urls)]
