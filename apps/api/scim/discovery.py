"""What the service says of itself (RFC 7644, section 4; RFC 7643, sections 5 to 7). Pure."""

from __future__ import annotations

from typing import Any

from apps.api.scim.shapes import GROUP, USER

MOST = 200  # objects in one answer
CORE = "urn:ietf:params:scim:schemas:core:2.0"
Values = dict[str, Any]


def service(root: str) -> Values:
    """The page ServiceProviderConfig."""
    token = {
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "A key that is made on the page of the sign-in provider.",
        "primary": True,
    }
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [token],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{root}/ServiceProviderConfig"},
    }


def resource_types(root: str) -> list[Values]:
    """The page ResourceTypes."""
    return [
        {
            "schemas": [f"{CORE}:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
            "meta": {"resourceType": "ResourceType", "location": f"{root}/ResourceTypes/{name}"},
        }
        for name, schema in (("User", USER), ("Group", GROUP))
    ]


def schemas(root: str) -> list[Values]:
    """The page Schemas."""
    user = [
        _attribute("userName", required=True, uniqueness="server"),
        _attribute("displayName"),
        _attribute("active", kind="boolean"),
        _attribute("externalId", exact=True),
        _complex("name", [_attribute(part) for part in ("formatted", "givenName", "familyName")]),
        _complex("emails", [_attribute("value"), _attribute("type"), _attribute("primary", kind="boolean")], many=True),
        _complex("groups", [_attribute("value"), _attribute("display")], many=True, written=False),
    ]
    group = [
        _attribute("displayName", required=True, uniqueness="server"),
        _attribute("externalId", exact=True),
        _complex("members", [_attribute("value", exact=True), _attribute("display")], many=True),
    ]
    return [
        {
            "schemas": [f"{CORE}:Schema"],
            "id": schema,
            "name": name,
            "description": f"A {name.lower()} as Midwatch knows it.",
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{root}/Schemas/{schema}"},
        }
        for name, schema, attributes in (("User", USER, user), ("Group", GROUP, group))
    ]


def _attribute(
    name: str, *, kind: str = "string", required: bool = False, exact: bool = False, uniqueness: str = "none"
) -> Values:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "required": required,
        "caseExact": exact,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": uniqueness,
    }


def _complex(name: str, parts: list[Values], *, many: bool = False, written: bool = True) -> Values:
    mutability = "readWrite" if written else "readOnly"
    return {**_attribute(name, kind="complex"), "multiValued": many, "mutability": mutability, "subAttributes": parts}
