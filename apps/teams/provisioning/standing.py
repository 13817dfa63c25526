"""What somebody's pushed groups give them here."""

from __future__ import annotations

from apps.teams.models import ProvisionedUser, SignInProvider
from apps.teams.signin.joining import join, pushed_groups, roles_of_groups


def settle(person: ProvisionedUser) -> None:
    """Make the person's memberships what the pushed groups say; none for somebody who is out."""
    provider = person.provider
    groups = pushed_groups(provider, person.user) if person.active else frozenset()
    reason = f"the groups that {provider} pushed" if person.active else f"{provider} ended the access"
    join(provider=provider, user=person.user, roles=roles_of_groups(provider, groups), reason=reason)


def settle_everybody(provider: SignInProvider) -> None:
    """The same for all of the provider's people. While it pushes no groups at all, the claims at each sign-in decide,
    and nothing changes here."""
    if not provider.groups.exists():
        return
    for person in ProvisionedUser.objects.filter(provider=provider).select_related("user", "provider"):
        settle(person)
