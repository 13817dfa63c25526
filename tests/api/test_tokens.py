"""API tokens: whom they act for, when they end, and how often they may ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from apps.changes.audit.actor import of_request
from apps.changes.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.teams.models import ApiToken, Member, Role, Team, User
from apps.teams.services import issue_token, revoke_token
from tests.api.rest import Api, program


@pytest.fixture
def team(db: None) -> Team:
    cache.clear()
    return Team.objects.create(name="Data")


@pytest.fixture
def anna(team: Team) -> User:
    user = User.objects.create_user("anna@example.com", name="Anna Berg")
    Member.objects.create(team=team, user=user, role=Role.VIEWER)
    return user


def with_key(key: str) -> Api:
    return Api(Client(), {"Authorization": f"Bearer {key}"})


def test_a_revoked_token_is_refused_and_its_record_stays(team: Team) -> None:
    script = program(team)
    script.get("rules")
    assert script.status == 200
    revoke_token(token=ApiToken.objects.get(), now=timezone.now())
    script.get("rules")
    assert (script.status, ApiToken.objects.count()) == (401, 1)


def test_a_token_ends_at_its_day(team: Team) -> None:
    past, future = timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(days=1)
    for name, until, status in (("old", past, 401), ("new", future, 200)):
        script = with_key(issue_token(team=team, name=name, expires_at=until))
        script.get("rules")
        assert script.status == status


def test_a_members_token_never_may_more_than_the_member(team: Team, anna: User) -> None:
    script = with_key(issue_token(team=team, name="mine", role=Role.ADMINISTRATOR, user=anna))
    script.get("rules")
    assert script.status == 200
    script.post("rules", {"name": "Orders"})
    assert script.status == 403


def test_a_members_token_ends_when_the_member_leaves(team: Team, anna: User) -> None:
    script = with_key(issue_token(team=team, name="mine", user=anna))
    Member.objects.all().delete()
    assert script.get("rules")["items"] == []


def test_no_token_acts_for_somebody_outside_the_team(team: Team) -> None:
    with pytest.raises(InvalidInput, match="not in the team"):
        issue_token(team=team, name="x", user=User.objects.create_user("ben@example.com"))


def test_the_use_of_a_token_is_one_entry_a_day(team: Team) -> None:
    script = program(team)
    script.get("rules")
    script.get("rules")
    entry = AuditEntry.objects.get(act="token_used")
    assert entry.sentence == "The API token ci of Data was used from 127.0.0.1."


def test_what_a_token_does_names_it_in_the_audit(team: Team) -> None:
    request = RequestFactory().get("/api/v1/rules")
    issue_token(team=team, name="ci")
    request.api_token = ApiToken.objects.get()  # type: ignore[attr-defined]
    assert of_request(request).name == "the API token ci of Data"


def test_more_requests_than_the_rate_are_told_to_wait(team: Team, settings: DjangoSettings) -> None:
    settings.MIDWATCH_API_RATE = 3
    # Some of them may fall into the next minute of the clock, but not all.
    refused = refusals(program(team))
    assert refused
    assert all("Wait" in sentence for sentence in refused)


def test_one_token_does_not_use_up_the_rate_of_another(team: Team, settings: DjangoSettings) -> None:
    settings.MIDWATCH_API_RATE = 3
    assert refusals(program(team))
    second = program(team, name="other")
    second.get("rules")
    assert second.status == 200


def refusals(script: Api) -> list[str]:
    """What eight requests in a row are refused with."""
    answers = [(script.get("rules"), script.status) for _ in range(8)]
    return [answer["error"] for answer, status in answers if status == 429]
