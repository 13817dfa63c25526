"""Every address, every action of a list and every operation of the API, asked by all who should not get through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.teams.models import Role, Team, User
from apps.teams.permissions import Act
from apps.teams.rights import LEAST, RANK
from tests.pages import routes
from tests.pages.conftest import World
from tests.pages.everything import SHARED_PAGES, arguments, extras, make_everything
from tests.pages.routes import Line, Way

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HIDDEN, REFUSED = 404, 403
NOT_IN = {401, 403, 404, 405, 429}
LINES = routes.lines()


@dataclass
class People:
    """Those who ask. `roles`: a member of the team with each role."""

    roles: Mapping[Role, Client]
    superuser: Client
    stranger: Client  # administers another team
    guest: Client  # administers a team with which the rule is shared
    seer: Client  # administers a team that sees everything
    nobody: Client  # not signed in

    def below(self, act: Act) -> Client | None:
        """The role that is just too small for `act`."""
        rank = RANK[LEAST[act]]
        return self.roles[list(Role)[rank - 1]] if rank else None


@pytest.fixture
def values(world: World, settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """What stands for each parameter of an address."""
    settings.EMAIL_OUTBOX = tmp_path
    return make_everything(world)


@pytest.fixture
def people(sign_in: SignIn, world: World, values: dict[str, Any], stranger: Client) -> People:
    finance = Team.objects.create(name="Finance")
    world.rule.shared_with.add(finance)
    board = Team.objects.create(name="Board", sees_everything=True)
    roles = {role: sign_in(role, world.team) for role in Role}
    roles[Role.VIEWER].force_login(values["reader"])
    everybody = People(
        roles=roles,
        superuser=sign_in(None, superuser=True),
        stranger=stranger,
        guest=sign_in(Role.ADMINISTRATOR, finance),
        seer=sign_in(Role.ADMINISTRATOR, board),
        nobody=Client(),
    )
    others = (everybody.superuser, stranger, everybody.guest, everybody.seer, everybody.nobody)
    for client in (*everybody.roles.values(), *others):
        client.raise_request_exception = False  # a fault is one more line of what is wrong
    return everybody


@contextmanager
def undone() -> Iterator[None]:
    """What is done within is taken back: the next one finds everything as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_route_and_operation_says_who_may_ask_it() -> None:
    assert set(routes.names()) ^ set(LINES) == set()
    assert routes.operations() ^ set(routes.API) == set()


def test_every_action_of_a_list_says_which_role_it_takes() -> None:
    found = {}
    for model, model_admin in admin.site._registry.items():
        if names := [getattr(each, "__name__", each) for each in model_admin.actions or ()]:
            found[model._meta.label_lower.replace(".", "_")] = set(names)
    assert found == {model: set(acts) for model, acts in routes.ACTIONS.items()} | {
        "account_emailaddress": {"make_verified"}
    }
    assert admin.site._actions == {}


def status_of(client: Client, name: str, line: Line, values: Mapping[str, Any]) -> int:
    """How the route answers; 401 where it leads to the sign-in."""
    cookies = copy(client.cookies)  # which signing out would take
    address = f"/{name}" if name in routes.NAMELESS else reverse(name, kwargs=arguments(name, values))
    query, data = extras(name, values)
    with undone():
        answer: Any = client.post(address + query, data) if line.post else client.get(address + query, data)
        if hasattr(answer, "streaming_content"):
            b"".join(answer.streaming_content)
    client.cookies = cookies
    to = answer.headers.get("Location", answer.headers.get("HX-Redirect", ""))
    return 401 if to.startswith("/login/") else int(answer.status_code)


def wrong(name: str, line: Line, people: People, values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how the route answers, one sentence each."""

    def ask(client: Client) -> int:
        return status_of(client, name, line, values)

    may = people.roles[LEAST[line.act]]
    if line.way is Way.OPEN:
        if (status := ask(people.nobody)) >= 500 and name != "readyz":
            yield f"{name}: {status} for anybody"
        return
    if (status := ask(people.nobody)) != 401:
        yield f"{name}: {status} for somebody who is not signed in"
    if line.way is Way.NOBODY:
        if (status := ask(people.roles[Role.ADMINISTRATOR])) not in (HIDDEN, REFUSED, 405):
            yield f"{name}: {status} although nobody uses it"
    elif line.way is Way.SUPERUSER:
        if (status := ask(people.roles[Role.ADMINISTRATOR])) not in (HIDDEN, REFUSED):
            yield f"{name}: {status} for an administrator of a team"
        if (status := ask(people.superuser)) in NOT_IN or status >= 500:
            yield f"{name}: {status} for a superuser"
    else:
        if (status := ask(may)) in NOT_IN - ({HIDDEN} if name in routes.EMPTY else set()) or status >= 500:
            yield f"{name}: {status} for the role {LEAST[line.act]}"
        below = people.below(line.act)
        if below and (status := ask(below)) not in refused(name, line):
            yield f"{name}: {status} for a role that is too small"
        if line.way is Way.OBJECT:
            yield from wrong_for_others(name, line, people, values)


def refused(name: str, line: Line) -> tuple[int, ...]:
    """Who may not even see the list of such objects is told that this one does not exist."""
    return (HIDDEN, REFUSED) if line.act is Act.ADMINISTER else (REFUSED,)


def wrong_for_others(name: str, line: Line, people: People, values: Mapping[str, Any]) -> Iterator[str]:
    def ask(client: Client) -> int:
        return status_of(client, name, line, values)

    if (status := ask(people.stranger)) != HIDDEN:
        yield f"{name}: {status} for a stranger"
    about_the_rule = re.search("rules_rule|alerts_incident|status_updates|generated", name)
    reads = name in SHARED_PAGES
    wanted = {200, 302} if reads else {REFUSED, HIDDEN} if about_the_rule else {HIDDEN}
    if (status := ask(people.guest)) not in wanted:
        yield f"{name}: {status} for somebody with whom the rule is shared"
    mine_alone = name == "admin:my_tokens_revoke"
    wanted = {HIDDEN} if mine_alone else {200, 302} if line.act is Act.VIEW else {REFUSED, HIDDEN}
    if (status := ask(people.seer)) not in wanted:
        yield f"{name}: {status} for a team that sees everything"


def test_no_address_lets_through_whom_it_should_not(people: People, values: dict[str, Any]) -> None:
    found = [each for name, line in LINES.items() for each in wrong(name, line, people, values)]
    assert found == [], "\n".join(found)


def ask_api(client: Client, operation: str, values: Mapping[str, Any]) -> int:
    verb, path = operation.split(" ")
    of = path.split("/")[1]
    numbers = {"pk": values["api"].get(of, 0), "feedback_id": values["feedback_id"], "act": "note"}
    address = "/api/v1" + re.sub(r"\{(\w+)\}", lambda found: str(numbers[found[1]]), path)
    body = {} if verb == "GET" else {"data": values["bodies"].get(operation, {}), "content_type": "application/json"}
    with undone():
        answer = getattr(client, verb.lower())(address + ("?q=x" if path == "/search" else ""), **body)
    return int(answer.status_code)


def wrong_in_api(operation: str, line: Line, people: People, values: Mapping[str, Any]) -> Iterator[str]:
    def ask(client: Client) -> int:
        return ask_api(client, operation, values)

    if (status := ask(people.nobody)) != 401:
        yield f"{operation}: {status} for somebody who is not signed in"
    if (status := ask(people.roles[LEAST[line.act]])) in NOT_IN or status >= 500:
        yield f"{operation}: {status} for the role {LEAST[line.act]}"
    below = people.below(line.act)
    if below and (status := ask(below)) != REFUSED:
        yield f"{operation}: {status} for a role that is too small"
    if line.way is Way.OBJECT:
        if (status := ask(people.stranger)) != HIDDEN:
            yield f"{operation}: {status} for a stranger"
        about_the_rule = operation.split("/")[1] in ("rules", "incidents")
        wanted = (REFUSED if line.act is not Act.VIEW else 200) if about_the_rule else HIDDEN
        if (status := ask(people.guest)) != wanted:
            yield f"{operation}: {status} for somebody with whom the rule is shared"
        status = ask(people.seer)
        if (status in NOT_IN) if line.act is Act.VIEW else (status != REFUSED):
            yield f"{operation}: {status} for a team that sees everything"


def test_no_operation_of_the_api_lets_through_whom_it_should_not(people: People, values: dict[str, Any]) -> None:
    found = [each for name, line in routes.API.items() for each in wrong_in_api(name, line, people, values)]
    assert found == [], "\n".join(found)


def test_actions_of_lists_leave_out_what_the_role_does_not_allow(people: People, values: dict[str, Any]) -> None:
    found = []
    for model, acts in routes.ACTIONS.items():
        for name, act in acts.items():
            row = values["objects"][model]
            askers = [people.below(act), people.stranger, people.guest, people.seer]
            for asker in filter(None, askers):
                before = type(row)._default_manager.filter(pk=row.pk).values().get()
                chosen = {"action": name, "_selected_action": [row.pk]}
                with undone():
                    asker.post(reverse(f"admin:{model}_changelist"), chosen)
                    if type(row)._default_manager.filter(pk=row.pk).values().get() != before:
                        found.append(f"{model} {name}")
    assert found == []


def test_accounts_are_for_superusers_alone(people: People) -> None:
    assert not User.objects.filter(is_superuser=True, memberships__isnull=False).exists()
    assert people.roles[Role.ADMINISTRATOR].get("/teams/user/").status_code == REFUSED
