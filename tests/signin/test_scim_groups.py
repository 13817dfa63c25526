"""Groups that a provider pushes decide the teams and roles of its people, by the one mapping."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.teams.models import Member, ProvisionedGroup, Role, SignInProvider, Team, User
from apps.teams.services import add_member
from tests.signin.conftest import ComeIn
from tests.signin.scim import Sender

EMAIL = "anna@example.com"


@pytest.fixture
def send(provider: SignInProvider, team: Team) -> Sender:
    provider.mappings.create(group="data", team=team, role=Role.OPERATOR)
    provider.mappings.create(group="0f-leads", team=team, role=Role.MANAGER)
    return Sender.of(provider)


def roles() -> list[str]:
    return list(Member.objects.values_list("role", flat=True))


def test_a_group_gives_its_people_the_team_and_the_role(send: Sender) -> None:
    anna = send.add()
    send.group("data", anna)
    assert roles() == ["operator"]
    assert Member.history.latest().history_change_reason == "the groups that Okta pushed"
    shown = send("GET", f"/Users/{anna}")[1]
    assert [each["display"] for each in shown["groups"]] == ["data"]


def test_a_mapping_may_name_the_number_that_the_provider_has_for_a_group(send: Sender) -> None:
    anna = send.add()
    body = {"displayName": "Leads", "externalId": "0f-leads", "members": [{"value": anna}]}
    assert send("POST", "/Groups", body)[0] == 201
    assert roles() == ["manager"]


def _choice(person: str) -> str:
    return f'members[value eq "{person}"]'


@pytest.mark.parametrize(
    "take_out",
    [
        lambda person: {"op": "remove", "path": _choice(person)},
        lambda person: {"op": "Remove", "path": "members", "value": [{"value": person}]},
        lambda person: {"op": "remove", "path": "members"},
        lambda person: {"op": "replace", "path": "members", "value": []},
        lambda person: {"op": "replace", "value": {"displayName": "cooks"}},
    ],
)
def test_leaving_a_group_ends_what_it_gave_at_once(send: Sender, take_out: Any) -> None:
    anna, group = send.add(), send.group("data")
    assert send.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": anna}]})[0] == 200
    assert roles() == ["operator"]
    assert send.patch(f"/Groups/{group}", take_out(anna))[0] == 200
    assert roles() == []


def test_one_of_two_members_leaves_and_the_other_stays(send: Sender) -> None:
    anna = send.add()
    bob = send.add(userName="bob@example.com", emails=[{"value": "bob@example.com"}], externalId="")
    group = send.group("data", anna, bob)
    send.patch(f"/Groups/{group}", {"op": "remove", "path": _choice(anna)})
    assert Member.objects.get().user.email == "bob@example.com"
    assert send("DELETE", f"/Groups/{group}")[0] == 204
    assert (roles(), ProvisionedGroup.objects.exists()) == ([], False)


def test_whoever_is_deactivated_keeps_the_group_for_the_day_of_return(send: Sender) -> None:
    anna = send.add()
    send.group("data", anna)
    send.patch(f"/Users/{anna}", {"op": "replace", "value": {"active": False}})
    assert roles() == []
    send.patch(f"/Users/{anna}", {"op": "replace", "value": {"active": True}})
    assert roles() == ["operator"]


def test_pushed_groups_decide_at_a_sign_in_and_claims_do_not_any_more(send: Sender, come_in: ComeIn) -> None:
    come_in(EMAIL, groups=["data"])
    assert roles() == ["operator"]
    anna = send.add()
    assert roles() == ["operator"]
    group = send.group("0f-leads")
    assert roles() == []
    send("PUT", f"/Groups/{group}", {"displayName": "0f-leads", "members": [{"value": anna}]})
    come_in(EMAIL, groups=["data"])
    assert roles() == ["manager"]


def test_a_role_that_a_person_gave_stays(send: Sender, team: Team) -> None:
    anna = send.add()
    add_member(team=team, user=User.objects.get(), role=Role.VIEWER)
    send("DELETE", f"/Groups/{send.group('data', anna)}")
    assert roles() == ["viewer"]


def test_a_group_of_somebody_unknown_is_refused_whole(send: Sender) -> None:
    body = {"displayName": "data", "members": [{"value": "00000000-0000-4000-8000-000000000000"}]}
    status, said = send("POST", "/Groups", body)
    assert (status, said["scimType"]) == (400, "invalidValue")
    assert not ProvisionedGroup.objects.exists()


def test_a_list_of_groups_costs_no_more_for_many(
    send: Sender, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    anna = send.add()
    for number in range(9):
        send.group(f"group {number}", anna)
    with django_assert_max_num_queries(16):
        assert len(send("GET", "/Groups")[1]["Resources"]) == 9


def test_groups_are_found_by_name_and_shown_without_members_when_asked(send: Sender) -> None:
    anna = send.add()
    group = send.group("data", anna)
    page = send("GET", '/Groups?filter=displayName%20eq%20"DATA"&excludedAttributes=members')[1]
    assert [each["id"] for each in page["Resources"]] == [group]
    assert "members" not in page["Resources"][0]
    for person, there in ((anna, 1), ("00000000-0000-4000-8000-000000000000", 0)):
        text = f'id%20eq%20"{group}"%20and%20members%20eq%20"{person}"'
        assert send("GET", f"/Groups?filter={text}")[1]["totalResults"] == there
