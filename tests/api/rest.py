"""People and programs that call the API."""

from __future__ import annotations

from typing import Any

from django.test import Client

from apps.teams.models import Role, Team, User
from apps.teams.services import add_member, issue_token


class Api:
    """Somebody who calls the API. `status` is that of the last reply."""

    def __init__(self, client: Client, headers: dict[str, str] | None = None) -> None:
        self.client = client
        self.headers = headers or {}
        self.status = 0

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call /api/v1/`path` and return the JSON of the reply (None when it has none)."""
        send = getattr(self.client, method)
        extra = {"content_type": "application/json", "data": body} if body is not None else {}
        response = send(f"/api/v1/{path}", headers=self.headers, **extra)
        self.status = response.status_code
        return response.json() if response.content else None

    def get(self, path: str) -> Any:
        return self.call("get", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("post", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.call("delete", path)


def person(team: Team | None, role: Role | None, email: str) -> Api:
    """A signed-in person with a role in a team (none: a stranger)."""
    user = User.objects.create_user(email)
    if team and role:
        add_member(team=team, user=user, role=role)
    client = Client()
    client.force_login(user)
    return Api(client)


def program(team: Team, role: Role = Role.MANAGER, name: str = "ci") -> Api:
    """A script with a token."""
    return Api(Client(), {"Authorization": f"Bearer {issue_token(team=team, name=name, role=role)}"})
