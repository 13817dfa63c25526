"""Files that people open elsewhere: no cell of a CSV computes, and no name becomes a header of the answer."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.rules.models import Rule
from tests.pages import routes
from tests.pages.conftest import World
from tests.pages.everything import arguments
from tests.security import hostile

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("http://evil.example";"x")|cmd'
COMPUTES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HEADER = 'x\r\nSet-Cookie: sessionid=planted\r\n\r\n"; filename="evil.exe'


def files(values: dict[str, Any], world: World) -> list[str]:
    """Every address that gives CSV: pages by their name, and operations of the API that say so."""
    pages = [name for name in routes.lines() if name.endswith("_file")]
    found = [reverse(name, kwargs=arguments(name, values)) for name in pages]
    return [*found, "/api/v1/noise?format=csv", "/api/v1/figures?format=csv",
            f"/api/v1/rules/{world.rule.pk}/checks?format=csv"]  # fmt: skip


def rows_of(client: Client, address: str) -> list[list[str]]:
    answer: Any = client.get(address)
    assert answer.headers["Content-Type"].startswith("text/csv"), address
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(body.decode().splitlines(keepends=True)))


def test_no_cell_of_any_file_is_computed(
    root: Client, world: World, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostile, "NAME", FORMULA)
    hostile.fill_every_text()
    shown = set()
    for address in files(values, world):
        cells = [cell for row in rows_of(root, address)[1:] for cell in row]
        bad = [
            cell for cell in cells if cell.lstrip(" ").startswith(COMPUTES) and not re.fullmatch(r"[-+][\d.]+", cell)
        ]
        assert bad == [], address
        shown |= {address for cell in cells if "HYPERLINK" in cell}
    assert len(shown) >= 4, shown


def test_no_name_becomes_a_header(root: Client, world: World, values: dict[str, Any]) -> None:
    Rule.objects.update(name=HEADER)
    for address in files(values, world):
        answer = root.get(address)
        assert "planted" not in str(answer.cookies)
        assert re.fullmatch(r'attachment; filename="[\w.-]+\.csv"', answer.headers["Content-Disposition"]), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("onward", ["/\r\nSet-Cookie: a=b", "https://evil.example/", "//evil.example", "/%0d%0aX: y"])
def test_no_parameter_becomes_a_header_or_leads_elsewhere(
    root: Client, world: World, values: dict[str, Any], onward: str
) -> None:
    """What a form or an address says about where to go on, at every route that redirects after a form."""
    names = ("next", "back", "return", "to", "url", "HTTP_REFERER")
    for name, line in routes.lines().items():
        if line.post:
            address = reverse(name, kwargs=arguments(name, values))
            sent = dict.fromkeys(names, onward)
            answer = root.post(address, sent, query_params=sent, headers={"referer": "https://evil.example/"})
            to = answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")
            assert not re.match(r"\s*(https?:)?[/\\]{2}", to), name
            assert "evil.example" not in to.partition("?")[0], name
            assert "a" not in answer.cookies, name
