"""Whom a provider may bring in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common.records import record
from apps.teams.models import ProviderKind

PUBLIC = frozenset({ProviderKind.GOOGLE, ProviderKind.GITHUB})


@record
class Policy:
    """What the provider's page says. Domains and organisations are in small letters; none admits all."""

    kind: str
    domains: frozenset[str]
    organisations: frozenset[str]


@record
class Arrival:
    """Who stands at the door: mail addresses that the provider vouches for, GitHub's organisations of the person."""

    addresses: tuple[str, ...]
    organisations: frozenset[str]
    known: bool  # signed in before, or has an account under one of the addresses
    invited: bool


def within(policy: Policy, addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses of the allowed domains."""
    return tuple(each for each in addresses if not policy.domains or each.rpartition("@")[2].lower() in policy.domains)


def refusal(policy: Policy, arrival: Arrival) -> str:
    """Why the person is not let in, as a sentence; empty when they are."""
    if not arrival.addresses:
        return (
            "The provider did not confirm a mail address of yours. Confirm it there; or, if the provider is your "
            "company's own, an administrator can tick that its addresses are to be trusted."
        )
    if not within(policy, arrival.addresses):
        return (
            f"Only addresses of {', '.join(sorted(policy.domains))} may sign in, and yours is {arrival.addresses[0]}."
        )
    if policy.organisations and not policy.organisations & arrival.organisations:
        return f"Only members of {', '.join(sorted(policy.organisations))} may sign in, and you are in none of them."
    open_to_all = policy.kind in PUBLIC and not policy.domains and not policy.organisations
    if open_to_all and not arrival.known and not arrival.invited:
        return f"Nobody has invited {arrival.addresses[0]} yet. Ask an administrator of your team for an invitation."
    return ""
