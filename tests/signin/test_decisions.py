"""Who is let in, and into which teams: decided on plain values."""

from __future__ import annotations

from typing import Any

import pytest

from apps.teams.models import ProviderKind, Role
from apps.teams.signin.admission import Arrival, Policy, refusal
from apps.teams.signin.mapping import Given, claims_of, groups_in, roles_of

LINES = [Given("data", 1, Role.VIEWER), Given("leads", 1, Role.MANAGER), Given("leads", 2, Role.OPERATOR)]


def policy(
    kind: str = ProviderKind.GITHUB, domains: tuple[str, ...] = (), organisations: tuple[str, ...] = ()
) -> Policy:
    return Policy(kind, frozenset(domains), frozenset(organisations))


def arrival(
    *addresses: str, organisations: tuple[str, ...] = (), known: bool = False, invited: bool = False
) -> Arrival:
    return Arrival(addresses, frozenset(organisations), known=known, invited=invited)


@pytest.mark.parametrize(
    ("claims", "claim", "groups"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://example.com/groups": ["a"]}, "https://example.com/groups", {"a"}),
        ({"groups": {"a": 1}}, "groups", set()),
        ({"groups": "a"}, "groups.inner", set()),
        ({}, "groups", set()),
    ],
)
def test_groups_are_found_where_providers_put_them(claims: dict[str, Any], claim: str, groups: set[str]) -> None:
    assert groups_in(claims, claim) == groups


def test_the_user_info_goes_before_the_token() -> None:
    extra = {"id_token": {"sub": "1", "groups": ["old"]}, "userinfo": {"groups": ["new"]}}
    assert claims_of(extra) == {"sub": "1", "groups": ["new"]}


def test_the_role_that_may_most_is_given_whatever_the_order() -> None:
    wanted = {1: Role.MANAGER, 2: Role.OPERATOR}
    assert roles_of(["leads", "data"], LINES) == roles_of(["data", "leads"], reversed(LINES)) == wanted


def test_groups_that_no_line_names_give_nothing() -> None:
    assert roles_of(["Data", "cooks"], LINES) == {}


@pytest.mark.parametrize(
    ("rules", "who"),
    [
        (policy(), arrival("a@x.com", known=True)),
        (policy(), arrival("a@x.com", invited=True)),
        (policy(domains=("x.com",)), arrival("me@home.example", "a@X.com")),
        (policy(organisations=("acme",)), arrival("a@x.com", organisations=("acme", "other"))),
        (policy(ProviderKind.OPENID_CONNECT), arrival("a@x.com")),
    ],
)
def test_these_are_let_in(rules: Policy, who: Arrival) -> None:
    assert refusal(rules, who) == ""


@pytest.mark.parametrize(
    ("rules", "who", "says"),
    [
        (policy(), arrival(known=True), "did not confirm"),
        (policy(), arrival("a@x.com"), "Nobody has invited"),
        (policy(domains=("x.com",)), arrival("a@notx.com", known=True), "Only addresses of x.com"),
        (policy(domains=("x.com",)), arrival("a@sub.x.com", known=True), "Only addresses of x.com"),
        (policy(organisations=("acme",)), arrival("a@x.com", known=True), "Only members of acme"),
    ],
)
def test_these_are_refused_with_the_reason(rules: Policy, who: Arrival, says: str) -> None:
    assert says in refusal(rules, who)
