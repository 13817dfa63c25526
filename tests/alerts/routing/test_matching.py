"""Which route an incident takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.alerts.models import Route
from apps.alerts.routing.matching import RouteValues, matches, route_for
from apps.alerts.routing.words import matched_words


@dataclass
class Trouble:
    severity: str = "high"
    tags: list[str] = field(default_factory=list)
    owner: str = ""
    table: str = "sales.orders"


@pytest.mark.parametrize(
    ("asked", "trouble", "taken"),
    [
        ({}, Trouble(), True),
        ({"severities": ("critical", "high")}, Trouble(), True),
        ({"severities": ("critical",)}, Trouble(), False),
        ({"tags": ("finance", "money")}, Trouble(tags=["Money", "x"]), True),
        ({"tags": ("finance",)}, Trouble(), False),
        ({"owners": ("Anna@Example.com",)}, Trouble(owner="anna@example.com"), True),
        ({"owners": ("anna@example.com",)}, Trouble(), False),
        ({"tables": ("sales.*",)}, Trouble(), True),
        ({"tables": ("*.orders",)}, Trouble(), True),
        ({"tables": ("Sales.*",)}, Trouble(), False),
        ({"tables": ("sales.*",)}, Trouble(table=""), False),
        ({"tables": ("*",)}, Trouble(table=""), True),
        ({"severities": ("high",), "tables": ("hr.*",)}, Trouble(), False),
    ],
)
def test_all_that_a_route_asks_for_must_hold(asked: dict[str, Any], trouble: Trouble, taken: bool) -> None:
    assert matches(trouble, RouteValues("A route", **asked)) is taken


def test_the_first_that_matches_is_taken() -> None:
    routes = [RouteValues("a", severities=("low",)), RouteValues("b"), RouteValues("c")]
    found = route_for(Trouble(), routes)
    assert found
    assert found.name == "b"
    assert route_for(Trouble(), routes[:1]) is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Every incident."),
        ({"catch_all": True}, "Everything that no other route takes."),
        ({"severities": ["critical", "high"]}, "Critical or high incidents."),
        (
            {"severities": ["high"], "tags": ["finance"], "tables": ["a.*", "b.*", "c.*"]},
            "High incidents with the tag finance about a.*, b.* or c.*.",
        ),
        ({"owners": ["anna@example.com"]}, "Incidents that anna@example.com answers for."),
    ],
)
def test_a_route_is_told_in_a_sentence(asked: dict[str, Any], words: str) -> None:
    assert matched_words(Route(name="A route", **asked)) == words
