"""The pages that can be found by their names: those of the person's side bar, and what is begun from them."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from apps.connections.services import words_in
from apps.rules.search.finding import SHOWN, Group, Hit
from apps.teams.permissions import Act, Grant

# (title, other words for it, name of the page, what the person must be allowed somewhere)
BESIDE = (
    ("First steps", "start setup checklist onboarding", "first_steps", Act.VIEW),
    ("Wall", "screen tv display", "wall", Act.VIEW),
    ("Add a rule", "new check monitor", "rules_rule_add", Act.CONFIGURE),
    ("Add a connection", "new connect data store database warehouse", "connections_connection_add", Act.CONFIGURE),
    ("Add a channel", "new mail slack webhook", "alerts_channel_add", Act.CONFIGURE),
    ("Add a silence", "new mute maintenance window", "alerts_silence_add", Act.CONFIGURE),
)


def find_pages(request: HttpRequest, grant: Grant, asked: str) -> Group:
    """Pages that the person may open and whose names hold every word. They are known without asking the database."""
    words = [word.casefold() for word in words_in(asked)]
    hits = [hit for hit, text in [*_side_bar(request), *_beside(grant)] if words and _holds(text, words)]
    return Group("pages", "Pages", hits[:SHOWN], len(hits) > SHOWN)


def _holds(text: str, words: Sequence[str]) -> bool:
    return all(word in text.casefold() for word in words)


def _side_bar(request: HttpRequest) -> list[tuple[Hit, str]]:
    groups = import_string(settings.UNFOLD["SIDEBAR"]["navigation"])(request)
    entries = [(group["title"], item) for group in groups for item in group["items"]]
    return [(Hit(item["title"], title, str(item["link"])), item["title"]) for title, item in entries]


def _beside(grant: Grant) -> list[tuple[Hit, str]]:
    return [
        (Hit(title, "", reverse(f"admin:{name}")), f"{title} {others}")
        for title, others, name, act in BESIDE
        if grant.allows_anywhere(act)
    ]
