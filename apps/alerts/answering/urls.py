"""The addresses at which answers come in. They need no sign-in: each request brings its own proof."""

from __future__ import annotations

from django.urls import path

from apps.alerts.answering import links, mails, slack

urlpatterns = [
    path(f"{links.PLACE}/<str:token>/", mails.answer, name="answer"),
    path("hooks/slack/<int:channel_id>/", slack.pressed, name="slack_pressed"),
]
