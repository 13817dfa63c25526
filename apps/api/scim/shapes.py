"""People and groups in the words of SCIM's core schema (RFC 7643, section 4), and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.api.scim.filtering import number
from apps.api.scim.refusals import Refusal
from apps.teams.models import ProvisionedGroup, ProvisionedUser, is_disguised
from apps.teams.services import SentGroup, SentPerson

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
OF_PEOPLE = {name.lower(): name for name in ("userName", "externalId", "active", "displayName", "name", "emails")}
OF_GROUPS = {name.lower(): name for name in ("displayName", "externalId", "members")}
LONGEST = 254
Values = dict[str, Any]


def person_values(person: ProvisionedUser) -> Values:
    """What the provider said of the person."""
    emails = [{"value": person.user.email, "type": "work", "primary": True}]
    own = {"userName": person.user_name, "externalId": person.external_id, "active": person.active, "emails": emails}
    return {**own, **person.attributes}


def group_values(group: ProvisionedGroup) -> Values:
    members = [{"value": str(pk)} for pk in group.people.values_list("pk", flat=True)]
    return {"displayName": group.name, "externalId": group.external_id, "members": members}


def shown_person(person: ProvisionedUser, root: str) -> Values:
    """The whole object, as answers show it. `root` is the address of the service."""
    groups = [{"value": str(group.pk), "display": group.name} for group in person.groups.all()]
    values = {**person_values(person), "groups": groups}
    return {"schemas": [USER], "id": str(person.pk), **_told(values), "meta": _meta(person, "User", root)}


def shown_group(group: ProvisionedGroup, root: str) -> Values:
    members = [
        {"value": str(person.pk), "display": person.user_name, "$ref": f"{root}/Users/{person.pk}"}
        for person in group.people.all()
    ]
    values = {"displayName": group.name, "externalId": group.external_id, "members": members}
    return {"schemas": [GROUP], "id": str(group.pk), **_told(values), "meta": _meta(group, "Group", root)}


def canonical(body: Mapping[str, Any], known: Mapping[str, str]) -> Values:
    """The attributes that Midwatch knows; their names count in any case (RFC 7643, section 2.1)."""
    return {known[name.lower()]: value for name, value in body.items() if name.lower() in known}


def sent_person(values: Values, *, active: bool = True) -> SentPerson:
    """The person; without a word on it as active as before. Raises Refusal for what is no person."""
    user_name = _text(values, "userName")
    if not user_name:
        raise Refusal(400, "A person needs a userName.", kind="invalidValue")
    name = values.get("name")
    name = {part: str(text) for part, text in name.items() if text} if isinstance(name, dict) else {}
    shown = _text(values, "displayName")
    parts = f"{name.get('givenName', '')} {name.get('familyName', '')}".strip()
    return SentPerson(
        user_name=user_name,
        email=_address(values.get("emails"), user_name),
        name=(shown or name.get("formatted", "") or parts)[:150],
        external_id=_text(values, "externalId"),
        active=_truth(values.get("active", active)),
        attributes={key: value for key, value in (("displayName", shown), ("name", name)) if value},
    )


def sent_group(values: Values) -> SentGroup:
    """Raises Refusal for what is no group."""
    name = _text(values, "displayName")
    if not name or len(name) > 200:
        raise Refusal(400, "A group needs a displayName of at most 200 characters.", kind="invalidValue")
    members = values.get("members") or []
    if not isinstance(members, list) or not all(isinstance(each, dict) for each in members):
        raise Refusal(400, "members is a list of objects with a value each.", kind="invalidValue")
    people = frozenset(number(str(each.get("value", ""))) for each in members)
    return SentGroup(name=name, external_id=_text(values, "externalId"), people=people)


def _address(emails: Any, user_name: str) -> str:
    """The main address of the list; without one the userName, where that is an address."""
    entries: Sequence[Any] = emails if isinstance(emails, list) else []
    known = [each for each in entries if isinstance(each, dict) and each.get("value")]
    known.sort(key=lambda each: (not _is_true(each.get("primary")), each.get("type") != "work"))
    address = str(known[0]["value"]) if known else user_name
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refusal(400, f"{address} is no mail address, which Midwatch needs.", kind="invalidValue") from error
    if is_disguised(address):
        raise Refusal(400, f"{address} has a letter that looks like another. Write it anew.", kind="invalidValue")
    return address.lower()


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Refusal(400, f"{name} is a text of at most {LONGEST} characters.", kind="invalidValue")
    return value.strip()


def _truth(value: Any) -> bool:
    """Entra writes "False" in quotes."""
    if isinstance(value, bool) or str(value).lower() in {"true", "false"}:
        return _is_true(value)
    raise Refusal(400, "active is true or false.", kind="invalidValue")


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _told(values: Values) -> Values:
    return {name: value for name, value in values.items() if value not in ("", None)}


def _meta(row: ProvisionedUser | ProvisionedGroup, kind: str, root: str) -> Values:
    return {
        "resourceType": kind,
        "created": _time(row.created_at),
        "lastModified": _time(row.changed_at),
        "location": f"{root}/{kind}s/{row.pk}",
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
