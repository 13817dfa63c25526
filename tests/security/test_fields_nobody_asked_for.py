"""Fields that a form does not have, sent to every route at once: nobody becomes more than they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.teams.models import ApiToken, Member, Role, Team, User
from apps.teams.signin.invitations import invite
from tests.pages import routes
from tests.pages.conftest import World
from tests.pages.everything import arguments, extras

pytestmark = pytest.mark.django_db
WISHES = {
    "is_superuser": "on", "is_staff": "on", "is_active": "on", "role": "administrator", "sees_everything": "on",
    "purpose": "self", "digest": "0" * 64, "password": "chosen-by-mallory", "user": "1", "user_id": "1", "by": "1",
    "groups": "1", "user_permissions": "1", "generated_summaries": "on", "verified": "on", "primary": "on",
    "expires_at": "2099-01-01", "from_group": "on", "provider": "1", "_save": "Save", "name": "Mallory",
}  # fmt: skip


def standing() -> list[Any]:
    """Who may what."""
    return [
        list(User.objects.order_by("pk").values_list("pk", "is_superuser", "is_active", "password")),
        list(Member.objects.order_by("pk").values_list("user", "team", "role")),
        list(Team.objects.order_by("pk").values_list("pk", "sees_everything", "purpose", "generated_summaries")),
        list(ApiToken.objects.order_by("pk").values_list("team", "role", "digest", "user")),
    ]


def test_no_route_gives_a_member_more_rights(
    sign_in: Callable[..., Client], world: World, values: dict[str, Any]
) -> None:
    member = sign_in(Role.MANAGER, world.team)
    key, before, wrong = member.cookies["sessionid"].value, standing(), []
    for name in routes.lines():
        address = f"/{name}" if name in routes.NAMELESS else reverse(name, kwargs=arguments(name, values))
        query, data = extras(name, values)
        with transaction.atomic():
            member.post(address + query, {"team": world.team.pk} | WISHES | data)
            if standing() != before:
                wrong.append(name)
            transaction.set_rollback(True)
        member.cookies["sessionid"] = key
    # What somebody makes for oneself: a token, which may no more than its owner.
    assert [name for name in wrong if name != "admin:my_tokens"] == []


def test_an_invitation_gives_the_role_that_it_was_written_for(world: World, root: Client) -> None:
    _, key = invite(team=world.team, email="m@example.com", role=Role.VIEWER, by=User.objects.get(is_superuser=True),
                    now=timezone.now())  # fmt: skip
    given = WISHES | {"timezone": "UTC", "password": "a long enough passphrase", "email": "root@example.com"}
    Client().post(f"/invitation/{key}/", given)
    joined = User.objects.get(email="m@example.com")
    assert (joined.is_superuser, joined.memberships.get().role) == (False, Role.VIEWER)
    assert joined.memberships.get().team == world.team
