"""What stands behind the `?` of an address: known, or refused with the nearest name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from apps.api.rest.root import api
from apps.rules.models import Rule
from apps.teams.models import Role, Team
from tests.api.conftest import Desk
from tests.api.rest import Api, person, program


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.mark.parametrize("role", list(Role))
def test_a_misspelt_parameter_is_refused_with_the_nearest_name(team: Team, role: Role) -> None:
    caller = person(team, role, "p@example.com")
    reply = caller.get("tables?serach=orders")
    assert caller.status == 422
    assert reply == {"error": "There is no parameter 'serach' here. Did you mean search?", "field": "serach"}


def test_where_no_name_is_near_all_are_told(team: Team) -> None:
    reply = program(team).get("tables?q=orders")
    assert reply["error"] == (
        "There is no parameter 'q' here. Those of this address are after, connection, gone, limit, search."
    )


def test_parameters_that_are_known_still_work(team: Team) -> None:
    caller = program(team)
    caller.get("rules?limit=1&team=data-ops")
    assert caller.status == 200


def test_every_address_refuses_what_it_does_not_know(team: Team) -> None:
    """Views run only afterwards: nothing is made, changed or deleted here."""
    caller, before = program(team), Rule.objects.count()
    called = 0
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for method in {method for operation in view.operations for method in operation.methods}:
                if "address" in path:
                    continue  # answers for all that there is not
                address = re.sub(r"\{int:\w+\}", "1", f"{bound.prefix}{path}".strip("/"))
                body: Any = {} if method in ("POST", "PUT", "PATCH") else None
                reply = caller.call(method.lower(), f"{address}?nonsense=1", body)
                assert (caller.status, reply["field"]) == (422, "nonsense"), f"{method} {address}"
                called += 1
    assert called > 15
    assert Rule.objects.count() == before


def test_who_is_not_signed_in_hears_of_that_first(team: Team) -> None:
    nobody = Api(Client())
    nobody.get("tables?q=orders")
    assert nobody.status == 401


def test_a_wrong_address_is_a_wrong_address_whatever_follows_it(team: Team) -> None:
    caller = program(team)
    caller.get("nowhere?q=1")
    assert caller.status == 404


def test_an_object_of_another_team_is_not_betrayed(team: Team) -> None:
    """The refusal is the same for an object that is not there and for one that is somebody else's."""
    stranger = person(Team.objects.create(name="finance"), Role.ADMINISTRATOR, "s@example.com")
    rule = Rule.objects.get(name="Orders keep arriving")
    assert stranger.get(f"rules/{rule.pk}?q=1") == stranger.get("rules/999999?q=1")
