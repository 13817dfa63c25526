"""A provider's side of SCIM, for tests: it sends JSON with its key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from apps.teams.models import SignInProvider
from apps.teams.provisioning.keys import make_key

ROOT = "/scim/v2"
ANNA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "anna@example.com",
    "externalId": "00u1",
    "name": {"givenName": "Anna", "familyName": "Berg"},
    "emails": [{"value": "anna@example.com", "type": "work", "primary": True}],
    "active": True,
    "title": "Analyst",
}


@dataclass
class Sender:
    """Sends as the provider of `key` does. Each answer is its status and its JSON."""

    key: str
    client: Client

    @classmethod
    def of(cls, provider: SignInProvider) -> Sender:
        return cls(make_key(provider=provider), Client(enforce_csrf_checks=True))

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.client.generic(
            method,
            f"{ROOT}{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/scim+json",
            headers={"authorization": f"Bearer {self.key}"},
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def add(self, **more: Any) -> str:
        """Send Anna, or somebody like her; the number that Midwatch gives."""
        status, made = self("POST", "/Users", {**ANNA, **more})
        assert status == 201, made
        return str(made["id"])

    def group(self, name: str, *people: str) -> str:
        body = {"displayName": name, "members": [{"value": each} for each in people]}
        status, made = self("POST", "/Groups", body)
        assert status == 201, made
        return str(made["id"])

    def patch(self, path: str, *operations: dict[str, Any]) -> tuple[int, Any]:
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return self("PATCH", path, {"schemas": [schema], "Operations": list(operations)})
