"""Every text that people, stores and providers can put into Midwatch is markup: every page shows it as text."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from tests.pages import routes
from tests.pages.addresses import ADD_PAGES, LISTS, configuring, objects
from tests.pages.conftest import World
from tests.pages.everything import arguments, extras
from tests.security.hostile import MARK, NAME, fill_every_text, harm_in

pytestmark = pytest.mark.django_db
# They sign out, or lead out of Midwatch.
LEFT_OUT = {"admin:logout", "account_logout"}


def test_a_page_that_lets_a_name_through_is_noticed() -> None:
    attacks = (NAME, f'<a title="{NAME}">', f"<input value='{NAME}'>", f"<b x-data='f(\"{MARK}\")'>",
               '<a href="javascript:alert(1)">', "1337", f"<script>var a = '{NAME}'</script>")  # fmt: skip
    assert [each for each in attacks if not harm_in(each)] == []
    assert harm_in(f"<p title='{MARK}'>&lt;{MARK}&gt;</p>") == []


def test_no_page_takes_a_name_for_markup(root: Client, world: World, values: dict[str, Any]) -> None:
    filled = fill_every_text()
    wrong, shown = [], 0
    for address in [*_addresses(values), *LISTS, *ADD_PAGES, *objects(world), *configuring(world)]:
        answer: Any = root.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = body.decode()
            wrong += [f"{address}: {each}" for each in harm_in(page)]
            shown += f"&lt;{MARK}" in page
    assert wrong == [], "\n".join(wrong)
    assert len(filled) > 60
    assert shown > 60


def test_no_badge_takes_a_name_for_markup(root: Client, values: dict[str, Any]) -> None:
    fill_every_text()
    for address in [each for each in _addresses(values) if each.endswith("badge.svg")]:
        answer = root.get(address)
        if answer.status_code == 200:
            assert answer.headers["Content-Type"].startswith("image/svg+xml")
            names = {each.tag.rpartition("}")[2] for each in ET.fromstring(answer.content).iter()}  # noqa: S314
            assert names <= {"svg", "title", "style", "rect", "g", "text", "clipPath", "linearGradient", "stop"}, names
            assert MARK in answer.content.decode()


def _addresses(values: dict[str, Any]) -> list[str]:
    found = []
    for name, line in routes.lines().items():
        if not line.post and name not in LEFT_OUT:
            address = f"/{name}" if name in routes.NAMELESS else reverse(name, kwargs=arguments(name, values))
            found.append(address + extras(name, values)[0])
    return found
